"""The tab "Models and about": whose weights speak, what each method shows, and what the page must not be used for."""

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr
from markdown_it import MarkdownIt

from data_cache.findings import FINDINGS
from data_cache.sample import fetch_sample, has_sample
from explainers.registry import EXPLAINERS
from models.capabilities import Capability, capabilities_of
from models.registry import MODELS, find_model
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.fetch_jobs import Job
from ui.page_files import loading
from ui.protocol.about import AboutContent, Getting
from ui.protocol.sending import message
from ui.settings import Settings
from ui.texts import LIMITS, MUST_NOT, OFFICIAL_CARD, privacy
from ui.visits import Visits

if TYPE_CHECKING:
    from models.predictions import ModelInfo

_NOT_STATED = "not stated by the file"
_BOOTSTRAP = """
{LOADING}.then(({ mount }) => mount(element, server))
  .catch((error) => { element.textContent = `This tab could not start (${error.message}); reload the page.`; });
"""
_CARDS = (
    "server.model_cards(null).then((made) => { element.innerHTML = made ?? 'Reload the page to see the cards.'; });"
)


class About:
    """What the tab asks of the server.

    Args:
        catalogue: where the public radiographs appear.
        engine: the models.
        settings: what the host allows.
        visits: whose opened cases other models know nothing of.
    """

    def __init__(self, catalogue: Catalogue, engine: Engine, settings: Settings, visits: Visits) -> None:
        self._catalogue = catalogue
        self._engine = engine
        self._settings = settings
        self._visits = visits
        self._official = [entry for entry in map(find_model, settings.keys) if entry.official is not None]
        self._jobs: dict[str, Job] = {"sample": Job(self._get_sample, lambda: has_sample(settings.sample))}
        if self._official:
            self._jobs = {"weights": Job(self._get_weights, self._has_weights), **self._jobs}

    def content(self) -> dict[str, Any]:
        """Return everything that the tab shows; waits until the models are loaded."""
        error, models, gives = "", [], {key: find_model(key).capabilities for key in self._settings.keys}
        try:
            loaded = self._engine.models()
            models = [model_facts(model.info) for model in loaded.values()]
            gives = {key: capabilities_of(model) for key, model in loaded.items()}
        except Exception as problem:  # said in the tab, whose rest needs no model
            error = " ".join(str(problem).split())
        return message(
            AboutContent,
            models=models,
            error=error,
            methods=method_facts(gives),
            getting=self.getting(),
            must_not=MUST_NOT,
            limits=LIMITS,
            privacy=privacy(self._settings.dicom_results),
        )

    def getting(self) -> dict[str, Any]:
        """Return whether the host allows getting files, and how far that is.

        There are official weights to be got where a loaded model has some; `official` says of which models.
        """
        jobs: dict[str, Any] = {what: job.state() for what, job in self._jobs.items()}
        official = [{"label": entry.label, "licence": entry.provenance.licence} for entry in self._official]
        allowed, chosen = self._settings.fetch, self._settings.names_weights
        return message(Getting, allowed=allowed, chosen=chosen, official=official, **jobs)

    def get(self, what: str) -> dict[str, Any]:
        """Begin to get something, if the host allows it; returns the state as `getting` does."""
        if self._settings.fetch and what in self._jobs:
            self._jobs[what].start()
        return self.getting()

    def _has_weights(self) -> bool:
        from models.official import intact_path

        return all(entry.official is None or intact_path(entry.official) is not None for entry in self._official)

    def _get_weights(self, show: Callable[[str], Any]) -> None:
        from models.fetching import fetch_official

        fetch_official(show, keys=[entry.key for entry in self._official])
        if not self._settings.names_weights:
            self._engine.reload()
            self._visits.forget_cases()

    def _get_sample(self, show: Callable[[str], Any]) -> None:
        fetch_sample(self._settings.sample, None, show)
        self._catalogue.add_sample(self._settings.sample)


def model_facts(info: "ModelInfo") -> dict[str, Any]:
    """Return what the tab says about a model that speaks: label, words, paper, origin, and rows of facts."""
    entry, architecture, of = find_model(info.key), info.architecture, info.provenance
    missing = [finding for finding, there in zip(FINDINGS, architecture.predicted, strict=True) if not there]
    facts = {
        "Weights": info.id,
        "By": of.owner or _NOT_STATED,
        "Licence": of.licence or _NOT_STATED,
        "Trained on": of.trained_on or _NOT_STATED,
        "A probability means": of.probabilities or _NOT_STATED,
        "Network": architecture.words,
        "Not predicted": f"{', '.join(missing)} ({len(missing)} of {len(FINDINGS)})" if missing else "",
        "Maps": info.head,
        "Computed by": f"{info.backend}, {info.precision}",
        "sha256": info.weights_sha256,
    }
    return {
        "key": info.key,
        "label": entry.label,
        "words": entry.words,
        "paper": entry.paper,
        "origin": info.origin,
        "note": info.note,
        "facts": {name: value for name, value in facts.items() if value},
    }


def method_facts(models: Mapping[str, tuple[Capability, ...]]) -> list[dict[str, Any]]:
    """Return what the tab says about each method of the registry.

    Args:
        models: what each model that is shown can give, by key.
    """
    return [
        {
            "label": entry.label,
            "words": entry.told,
            "negative": entry.view.negative_means,
            "paper": entry.paper,
            "needs": entry.needs.needed,
            "models": [
                {"key": key, "short": find_model(key).short} for key, gives in models.items() if entry.needs in gives
            ],
        }
        for entry in EXPLAINERS.values()
    ]


def add_about(catalogue: Catalogue, engine: Engine, settings: Settings, visits: Visits) -> None:
    """Put the tab's contents on the page that is being built."""
    about = About(catalogue, engine, settings, visits)

    def content(_: object) -> dict[str, Any]:  # Gradio always hands over one argument
        return about.content()

    def getting(_: object) -> dict[str, Any]:
        return about.getting()

    def get(what: str) -> dict[str, Any]:
        return about.get(what)

    def model_cards(_: object) -> str:  # asked for when the tab is opened: they are half as long as all the rest
        return card_pages()

    gr.HTML(
        None,
        html_template='<p class="viewer-loading">Loading…</p>',
        js_on_load=_BOOTSTRAP.replace("{LOADING}", loading("about.js")),
        apply_default_css=False,
        elem_id="about-content",
        server_functions=[content, getting, get],
    )
    gr.HTML(
        None,
        html_template='<p class="viewer-loading">Loading…</p>',
        js_on_load=_CARDS,
        apply_default_css=False,
        server_functions=[model_cards],
    )


def card_pages() -> str:
    """Return all model cards as HTML, folded."""
    return "".join(_card(title, text) for title, text in cards().items())


def _card(title: str, text: str) -> str:
    """A model card, folded: made here, since a browser would have to fetch what makes it of Markdown there."""
    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return f'<details class="card"><summary>{escape(title)}</summary><div class="prose">{made}</div></details>'


def cards() -> dict[str, str]:
    """Return the model cards by title, as Markdown: of the published weights and of those that come with the program.

    A card lies beside its weights under the same name.
    """
    embedded = {
        f"Model card: demonstration weights of {entry.label}": entry.embedded.with_suffix(".md")
        for entry in MODELS.values()
        if entry.embedded is not None
    }
    texts = {title: path.read_text(encoding="utf-8") for title, path in embedded.items() if path.is_file()}
    return {"Model card: official weights": OFFICIAL_CARD, **texts}
