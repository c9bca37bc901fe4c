"""The tab "Models and about": whose weights speak, what each method shows, and what the page must not be used for."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from data_cache.sample import fetch_sample, has_sample
from explainers.registry import EXPLAINERS
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.getting import Job
from ui.settings import Settings
from ui.texts import LIMITS, MUST_NOT, OFFICIAL_CARD, PRIVACY
from ui.visits import Visits

if TYPE_CHECKING:
    from models.predictions import ModelInfo

FOLDER = Path(__file__).parent
MODULE = FOLDER / "about.js"
STYLE = FOLDER / "about.css"
FILES = (MODULE, STYLE)
_CARDS = FOLDER.parent / "models" / "embedded"
_BOOTSTRAP = """
const address = `${window.gradio_config.root.replace(/\\/$/, '')}/gradio_api/file=${props.module}`;
import(address).then(({ mount }) => mount(element, server))
  .catch((error) => { element.textContent = `This tab could not start (${error.message}); reload the page.`; });
"""


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
        self._jobs: dict[str, Job] = {
            "weights": Job(self._get_weights, self._has_weights),
            "sample": Job(self._get_sample, lambda: has_sample(settings.sample)),
        }

    def content(self) -> dict[str, Any]:
        """Return everything that the tab shows; waits until the models are loaded."""
        error, models = "", []
        try:
            models = [model_facts(model.info) for model in self._engine.models()]
        except Exception as problem:  # said in the tab, whose rest needs no model
            error = " ".join(str(problem).split())
        return {
            "models": models,
            "error": error,
            "methods": method_facts(),
            "getting": self.getting(),
            "must_not": MUST_NOT,
            "limits": LIMITS,
            "privacy": PRIVACY,
        }

    def getting(self) -> dict[str, Any]:
        """Return whether the host allows getting files, and how far that is."""
        jobs: dict[str, Any] = {what: job.state() for what, job in self._jobs.items()}
        return {"allowed": self._settings.fetch, "chosen": self._settings.names_weights, **jobs}

    def get(self, what: str) -> dict[str, Any]:
        """Begin to get something, if the host allows it; returns the state as `getting` does."""
        if self._settings.fetch and what in self._jobs:
            self._jobs[what].start()
        return self.getting()

    def _has_weights(self) -> bool:
        from models.official import OFFICIAL_FILES, cached_path

        return all(cached_path(kind) is not None for kind in OFFICIAL_FILES)

    def _get_weights(self, show: Callable[[str], Any]) -> None:
        from models.fetching import fetch_official

        fetch_official(show)
        if not self._settings.names_weights:
            self._engine.reload()
            self._visits.forget_cases()

    def _get_sample(self, show: Callable[[str], Any]) -> None:
        fetch_sample(self._settings.sample, None, show)
        self._catalogue.add_sample(self._settings.sample)


def model_facts(info: "ModelInfo") -> dict[str, Any]:
    """Return what the tab says about a model that speaks: label, words, paper, origin, and rows of facts."""
    from models.registry import MODELS

    entry, architecture = MODELS[info.kind], info.architecture
    cut = f", patches of {architecture.patch_size}²" if info.kind == "medicalpatchnet" else ""
    facts = {
        "Weights": info.id,
        "sha256": info.weights_sha256,
        "Input": f"{architecture.input_size}² pixels, grey{cut}",
        "Computed by": f"{info.backend}, {info.precision}",
    }
    said = {"kind": info.kind, "label": entry.label, "words": entry.words, "paper": entry.paper}
    return {**said, "origin": info.origin, "note": info.note, "facts": facts}


def method_facts() -> list[dict[str, Any]]:
    """Return what the tab says about each method of the registry."""
    return [
        {
            "label": entry.label,
            "model": entry.model,
            "words": entry.words,
            "negative": entry.negative_means,
            "paper": entry.paper,
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

    gr.HTML(
        None,
        html_template='<p class="viewer-loading">Loading…</p>',
        js_on_load=_BOOTSTRAP,
        apply_default_css=False,
        elem_id="about-content",
        server_functions=[content, getting, get],
        module=MODULE.as_posix(),
    )
    for title, text in cards().items():
        with gr.Accordion(title, open=False, elem_classes="card"):
            gr.Markdown(text)


def cards() -> dict[str, str]:
    """Return the model cards by title, as Markdown."""
    embedded = {
        "Model card: demonstration weights of MedicalPatchNet": _CARDS / "medicalpatchnet-demo.md",
        "Model card: demonstration weights of the baseline CNN": _CARDS / "cnn-demo.md",
    }
    texts = {title: path.read_text(encoding="utf-8") for title, path in embedded.items() if path.is_file()}
    return {"Model card: official weights": OFFICIAL_CARD, **texts}
