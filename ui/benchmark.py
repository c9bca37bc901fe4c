"""The Benchmark tab: a cohort's curves go to the browser once, and everything that moves happens there.

The browser tells the server three things: `cohort` (show this one, in this alignment, against these readers), `own`
(an archive of the visitor's heat maps) and `forget` (one of these methods). The server answers with one message, the
component's value: everything that is to be shown, and what is under way.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Protocol

import gradio as gr

from data_cache.errors import InputError
from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.geometry import Alignment
from evaluation.cohort.files import unpack
from evaluation.inference.intervals import groups_of
from evaluation.readers.truth import MARKED
from evaluation.report.figures import page_parts
from evaluation.report.published import METHODS, SOURCE, published
from evaluation.results import MEAN
from evaluation.scores import METRICS
from explainers.pairs import pair_of_name, shown_masks
from models.registry import find_model
from ui.benchmark_cohorts import RESAMPLES, SEED, Cohorts, Work, resamples
from ui.benchmark_own import OwnMethod, method_name, read_own_maps
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.naming import companion_name
from ui.page_files import loading, plotly
from ui.protocol.benchmark import BenchmarkConfig, BenchmarkMessage
from ui.protocol.sending import message
from ui.settings import Settings
from ui.shelf import Shelf
from ui.uploads import take_upload

MOST_OWN = 4  # methods of a visitor's own at a time
Message = dict[str, Any]
_POLL = 0.2  # seconds between looks at work in progress
# Gradio makes a listener of each name that stands here in quotes.
_BOOTSTRAP = """
const events = ['cohort', 'own', 'forget'];
const send = Object.fromEntries(events.map((name) => [name, (data) => trigger(name, data)]));
{LOADING}.then(({ mount }) => {
  element.benchmark = mount(element, { config: props.config, send, upload });
  const sync = () => element.benchmark.update(props.value);
  watch('value', sync);
  sync();
}).catch((error) => { element.textContent = `The benchmark could not start (${error.message}); reload the page.`; });
"""


class Visitor:
    """What the tab remembers of one visitor: the cohort that is shown, and the visitor's own methods.

    Both with what the browser was told of them.
    """

    def __init__(self) -> None:
        self.turn = 0
        self.key = ""
        self.readers = MARKED
        self.shown: Message | None = None
        self.own: list[tuple[OwnMethod, Message]] = []

    def __deepcopy__(self, memo: object) -> "Visitor":
        """Gradio copies the page's initial state for each visitor: everybody starts empty."""
        return Visitor()


class Lays(Protocol):
    """Lays files out where the browser can fetch them."""

    def lay_out(self, data: bytes, name: str) -> Message:
        """Lay out a file; returns its address, under `url`, once it is on its way to the browser."""


class Benchmark:
    """What the server does for the tab."""

    def __init__(self, cohorts: Cohorts, catalogue: Catalogue, engine: Engine, shelf: Lays) -> None:
        self._cohorts, self._catalogue, self._engine, self._shelf = cohorts, catalogue, engine, shelf
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="own-maps")

    def show(self, visitor: Visitor, key: str, alignment: str, readers: str = MARKED) -> Iterator[Message]:
        """Show a cohort; what is not there yet is made, with its progress said."""
        visitor.turn += 1
        turn = visitor.turn
        try:
            known: Alignment = "aligned" if alignment == "aligned" else "paper"
            found = self._cohorts.curves(key, known, readers)
            if isinstance(found, Work):
                yield from self._progress(visitor, found)
                found = found.future.result()
        except InputError as error:
            yield self._message(visitor, error=str(error))
            return
        if turn != visitor.turn:
            return
        visitor.key, visitor.readers = key, readers
        visitor.shown = self._cohort(key, known, readers, found)
        visitor.own = [(one, self._own(one)) for one, _ in visitor.own]  # files of before may be deleted by now
        yield self._message(visitor)
        wait([self._engine.start()])
        visitor.shown = {**visitor.shown, "active": self._active()}
        yield self._message(visitor)  # once more, with the fingerprints of the weights in use

    def add(self, visitor: Visitor, archive: bytes, file_name: str) -> Iterator[Message]:
        """Take a visitor's own maps into the visitor's comparison."""
        if not visitor.key:
            yield self._message(visitor, error="Choose a cohort first, then bring your heat maps.")
            return
        key, readers = visitor.key, visitor.readers
        mine = [one.name for one, _ in visitor.own if one.cohort == key]
        if len(mine) >= MOST_OWN:
            yield self._message(
                visitor, error=f"{file_name}: expected at most {MOST_OWN} methods of your own at a time; remove one."
            )
            return
        rows = (visitor.shown or {}).get("rows", {})
        name = method_name(file_name, [*rows, *(row["label"] for row in rows.values()), *mine])
        notes: list[str] = []

        def work(progress: Any) -> bytes:
            content, sentences = read_own_maps(archive, file_name, self._cohorts.truth(key, readers), progress)
            notes.extend(sentences)
            return content

        running = Work(self._pool, work)
        try:
            yield from self._progress(visitor, running)
            content = running.future.result()
        except InputError as error:
            yield self._message(visitor, error=str(error))
            return
        method = OwnMethod(name, key, readers, content, tuple(notes))
        visitor.own.append((method, self._own(method)))
        yield self._message(visitor)

    def forget(self, visitor: Visitor, name: str) -> Message:
        """Leave one of the visitor's own methods out again."""
        visitor.own = [(one, told) for one, told in visitor.own if (one.cohort, one.name) != (visitor.key, name)]
        return self._message(visitor)

    def refuse(self, visitor: Visitor, error: str) -> Message:
        """Say why something cannot be done; everything stays as it is."""
        return self._message(visitor, error=error)

    def _progress(self, visitor: Visitor, work: Work) -> Iterator[Message]:
        said = None
        while not work.future.done():
            if work.stage != said:
                said = work.stage
                stage, done, total = said
                yield self._message(visitor, progress={"stage": stage, "done": done, "total": total})
            wait([work.future], timeout=_POLL)

    def _message(self, visitor: Visitor, **further: Any) -> Message:
        mine = [(one, told) for one, told in visitor.own if one.cohort == visitor.key]
        own = [told for one, told in mine if one.readers == visitor.readers]
        elsewhere = [{"name": one.name, "readers": one.readers} for one, _ in mine if one.readers != visitor.readers]
        said = {"cohort": visitor.shown, "own": own, "elsewhere": elsewhere, "progress": None, "error": "", **further}
        return message(BenchmarkMessage, turn=0, **said)

    def _cohort(self, key: str, alignment: Alignment, readers: str, content: bytes) -> Message:
        curves, about = unpack(content)
        cases = curves.cases
        known = {row["id"] for row in self._catalogue.rows()}
        return {
            "key": key,
            "alignment": alignment,
            "readers": readers,
            "resamples": self._lay(resamples(tuple(about["patients"] or groups_of(cases, "patient")))),
            "openable": [case for case in cases if case in known],
            "active": self._active(),
            "rows": {name: row_content(name) for name in curves.methods},
            **self._lay(content),
        }

    def _own(self, method: OwnMethod) -> Message:
        return {"name": method.name, "notes": list(method.notes), **self._lay(method.content)}

    def _lay(self, content: bytes) -> Message:
        return {"file": self._shelf.lay_out(content, "curves.bin")}

    def _active(self) -> dict[str, str] | None:
        """Fingerprints of the weights in use, by the model's key; None while they load or where they are missing."""
        loading = self._engine.start()
        if not loading.done() or loading.exception():
            return None
        return {key: model.info.weights_sha256 for key, model in loading.result().items()}


def config(cohorts: Cohorts, settings: Settings) -> dict[str, Any]:
    """What the browser is told once: cohorts, methods, published numbers, limits."""
    return message(
        BenchmarkConfig,
        cohorts=cohorts.rows(),
        published={"source": SOURCE, "values": _published()},
        resamples=RESAMPLES,
        seed=SEED,
        max_file_size=settings.max_file_size.upper().replace("MB", " MB"),
        device=settings.device,
        plotly=plotly().address,
        charts=page_parts(),
    )


def row_content(name: str) -> dict[str, Any]:
    """Return what the page says of a row of results: its label, key and label of its model, what that was shown.

    Args:
        name: of a method and model (see `explainers.pairs`); any other name stands for itself and for no known model.
    """
    pair = pair_of_name(name)
    if pair is None:
        return {"label": name, "model": "", "model_label": "", "shown_masks": shown_masks(name)}
    return {
        "label": pair.label,
        "model": pair.model,
        "model_label": find_model(pair.model).label,
        "shown_masks": shown_masks(name),
    }


def _published() -> dict[str, dict[str, dict[str, float | None]]]:
    return {
        method: {
            finding: {metric: published(method, finding, metric) for metric in METRICS}
            for finding in (*LOCALIZED_FINDINGS, MEAN)
        }
        for method in METHODS
    }


def add_benchmark(page: gr.Blocks, catalogue: Catalogue, engine: Engine, settings: Settings) -> None:
    """Put the tab's component on the page that is being built."""
    cohorts = Cohorts(settings)
    visitor = gr.State(Visitor())
    view = gr.HTML(
        None,
        html_template='<p class="viewer-loading">Loading the benchmark…</p>',
        js_on_load=_BOOTSTRAP.replace("{LOADING}", loading("benchmark.js")),
        apply_default_css=False,
        elem_id="benchmark-view",
        config=config(cohorts, settings),
    )
    benchmark = Benchmark(cohorts, catalogue, engine, Shelf(view.GRADIO_CACHE))

    def on_cohort(visitor: Visitor, event: gr.EventData) -> Iterator[Message]:
        asked = (str(event._data[name]) for name in ("key", "alignment", "readers"))
        yield from _turned(event, benchmark.show(visitor, *asked))

    def on_own(visitor: Visitor, event: gr.EventData) -> Iterator[Message]:
        name = companion_name(str(event._data["name"]), "maps")
        try:
            archive = take_upload(str(event._data["path"]), name, page.upload_file_set)
        except InputError as error:
            yield from _turned(event, iter([benchmark.refuse(visitor, str(error))]))
        else:
            yield from _turned(event, benchmark.add(visitor, archive, name))

    def on_forget(visitor: Visitor, event: gr.EventData) -> Message:
        return next(_turned(event, iter([benchmark.forget(visitor, str(event._data["name"]))])))

    common: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    view.cohort(on_cohort, visitor, view, **common, concurrency_id="cohorts", concurrency_limit=8)
    view.own(on_own, visitor, view, **common, concurrency_id="own-maps", concurrency_limit=2)
    view.forget(on_forget, visitor, view, **common)


def _turned(event: gr.EventData, messages: Iterator[Message]) -> Iterator[Message]:
    """Number the messages, so that the browser knows which of its requests they answer."""
    turn = int(event._data.get("turn", 0))
    for one in messages:
        yield {**one, "turn": turn}
