"""The tab Trust as a component of the page: the element, its JavaScript and its requests.

What the checks need is imported when somebody first opens the tab: it would double the time until the page answers.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import gradio as gr

from data_cache.findings import FINDINGS
from models.registry import find_model
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.page_files import loading, plotly
from ui.protocol.sending import message
from ui.protocol.trust import TrustConfig
from ui.settings import Settings
from ui.shelf import Shelf
from ui.trust_visit import Visit

if TYPE_CHECKING:
    from ui.trust import Trust

Message = dict[str, Any]
_CALIBRATION = "the 300 phantoms of the test split"
# Gradio makes a listener of each name that stands here in quotes.
_BOOTSTRAP = """
const events = ['assess', 'check', 'stop'];
const send = Object.fromEntries(events.map((name) => [name, (data) => trigger(name, data)]));
Promise.all([{LOADING}, server.content(null)]).then(([{ mount }, config]) => {
  element.trust = mount(element, { config, server, send });
  const sync = () => element.trust.update(props.value);
  watch('value', sync);
  sync();
}).catch((error) => { element.textContent = `This tab could not start (${error.message}); reload the page.`; });
"""


def add_trust(catalogue: Catalogue, engine: Engine, settings: Settings, session: gr.State) -> None:
    """Add the tab's content to the page that is being built.

    Args:
        catalogue: where thumbnails come from.
        engine: the models.
        settings: whose weights they are.
        session: the visitor's, with the case that Explore shows.
    """

    def thumbnails(ids: list[str]) -> dict[str, str]:
        return catalogue.thumbnails(ids)

    def content(_: object) -> dict[str, Any]:  # Gradio always hands over one argument
        return trust_config(settings.keys)

    visit = gr.State(Visit())
    view = gr.HTML(
        None,
        html_template='<p class="viewer-loading">Loading…</p>',
        js_on_load=_BOOTSTRAP.replace("{LOADING}", loading("trust.js")),
        apply_default_css=False,
        elem_id="trust-view",
        server_functions=[content, thumbnails],
    )

    shelf = Shelf(view.GRADIO_CACHE)

    @cache
    def trust() -> "Trust":
        from ui.trust import Trust

        return Trust(engine, settings, lambda png: shelf.lay_out(png, "picture.png"))

    def on_assess(visitor: Visit, current: Any) -> Iterator[Message]:
        yield from trust().assess(visitor, current)

    def on_check(visitor: Visit, current: Any, event: gr.EventData) -> Iterator[Message]:
        yield from trust().check(
            visitor, current, str(event._data["finding"]), [str(name) for name in event._data["pairs"]]
        )

    def on_stop(visitor: Visit) -> None:
        visitor.begin()

    common: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    slow: dict[str, Any] = {"concurrency_id": "trust", "concurrency_limit": 2}
    view.assess(on_assess, [visit, session], view, **common, **slow)
    view.check(on_check, [visit, session], view, **common, **slow)
    view.stop(on_stop, visit, None, queue=False, **common)


@cache
def trust_config(keys: tuple[str, ...]) -> dict[str, Any]:
    """What the browser is told once: findings, models, checks and the bundled cohort's results."""
    from evaluation.trust.figures import page_parts
    from evaluation.trust.registry import CHECKS
    from ui.trust_checks import offered_checks
    from ui.trust_cohort import BUNDLED, read_cohort, selective
    from ui.trust_content import check_contents

    cohort = read_cohort(BUNDLED, CHECKS)
    return message(
        TrustConfig,
        findings=list(FINDINGS),
        models=[{"key": key, "label": find_model(key).label, "short": find_model(key).short} for key in keys],
        checks=check_contents(offered_checks()),
        cohort={"label": _measured(cohort.pop("measured"), cohort["n"]), **cohort} if cohort else None,
        selective=selective(cohort),
        selective_of=_CALIBRATION,
        plotly=plotly().address,
        charts=page_parts(),
    )


def _measured(runs: Sequence[tuple[int, Sequence[str]]], images: int) -> str:
    """Which models' maps the results are of, and over how many of the images."""
    parts = [f"{_listed(labels)} over {'all' if n == images else f'the first {n}'}" for n, labels in runs]
    return f"The {images} bundled phantoms: maps of {'; of '.join(parts)}"


def _listed(labels: Sequence[str]) -> str:
    return " and ".join([", ".join(labels[:-1]), labels[-1]]) if labels[1:] else "".join(labels)
