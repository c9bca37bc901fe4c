"""The whole page: its tabs, its look, and how it is served."""

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import gradio as gr

from data_cache.errors import InputError
from ui.about import add_about
from ui.api import add_api
from ui.benchmark import add_benchmark
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.house import House
from ui.limits import SESSIONS
from ui.memory import Budget
from ui.messages import Message, error_message
from ui.model_colours import model_colours
from ui.page_files import style
from ui.queueing import ModelQueue
from ui.serving import Served, serve
from ui.session import Session
from ui.settings import Settings
from ui.shelf import Shelf
from ui.temporary import DELETE_AFTER, DELETE_EVERY
from ui.tour import add_tour
from ui.trust_tab import add_trust
from ui.uploads import Upload, take_upload
from ui.viewer import make_viewer
from ui.visits import Visits

TITLE = "MedicalPatchNet Explorer"
_AT_MODELS = 24  # requests that may wait for the models and be told so; further ones wait in Gradio's own queue
_QUEUE = 1024  # requests in Gradio's queue for all kinds of work; `limits` refuses before
_HOUSES: "WeakKeyDictionary[gr.Blocks, House]" = WeakKeyDictionary()
_HEADER = f"""<header class="page-header"><h1>{TITLE}</h1>
<p>What chest radiograph models say, and where they look</p>
<strong>Research tool. Not for diagnosis.</strong></header>"""
_SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif")
_FIXED_FONTS = ("ui-monospace", "SFMono-Regular", "Consolas", "DejaVu Sans Mono", "monospace")


def build_page(catalogue: Catalogue, engine: Engine, settings: Settings) -> gr.Blocks:
    """Build the page; it reads no image and waits for no model."""
    line, memory = ModelQueue(settings.at_once), Budget(settings.memory << 20)
    with gr.Blocks(title=TITLE, fill_width=True, delete_cache=(DELETE_EVERY, DELETE_AFTER)) as page:
        house = _HOUSES[page] = House(page, settings)
        visits = house.visits
        gr.HTML(_HEADER, apply_default_css=False)
        with gr.Tab("Explore", elem_id="explore"):
            session = _add_explore(page, catalogue, engine, settings, line, visits, memory)
        with gr.Tab("Benchmark", elem_id="benchmark"):
            add_benchmark(page, catalogue, engine, settings)
        with gr.Tab("Trust", elem_id="trust"):
            add_trust(page, catalogue, engine, settings, session, memory)
        with gr.Tab("Models and about", elem_id="about"):
            add_about(catalogue, engine, settings, visits)
        add_tour()
        add_api(page, catalogue, engine, line, memory, settings.mcp)
    page.queue(max_size=_QUEUE, api_open=True)
    return page


def _add_explore(
    page: gr.Blocks,
    catalogue: Catalogue,
    engine: Engine,
    settings: Settings,
    line: ModelQueue,
    visits: Visits,
    memory: Budget,
) -> gr.State:
    """Add the tab Explore; returns the visitor's session."""
    session = gr.State(Session())
    view = make_viewer(catalogue, settings)
    shelf = Shelf(view.GRADIO_CACHE)
    explore = Explore(catalogue, engine, shelf, shelf.lay_out, line, ModelQueue(settings.at_once), memory)

    def arrived(visitor: Session, request: gr.Request) -> Session:
        if request.session_hash:
            visits.arrived(request.session_hash, visitor)
        return visitor

    def on_open(visitor: Session, event: gr.EventData, request: gr.Request) -> Iterator[Message]:
        arrived(visitor, request)
        yield from explore.open(visitor, str(event._data["case"]), event._data)

    def on_read(visitor: Session, event: gr.EventData, request: gr.Request) -> Iterator[Message]:
        """Explain an upload, or say in one sentence why it cannot be read."""
        arrived(visitor, request)
        name = str(event._data["name"])
        try:
            upload = Upload(str(event._data["path"]), name, page.upload_file_set)
        except InputError as error:
            yield error_message(visitor.turn, str(error))
        else:
            yield from explore.read(visitor, upload, name, event._data)

    def on_refine(visitor: Session, event: gr.EventData) -> Iterator[Message]:
        yield from explore.refine(visitor, int(event._data["steps"]), event._data)

    def on_explain(visitor: Session, event: gr.EventData) -> Iterator[Message]:
        yield from explore.explain(visitor, event._data)

    def on_annotate(visitor: Session, event: gr.EventData) -> Iterator[Message]:
        name, finding = str(event._data["name"]), event._data.get("finding")
        try:
            data = take_upload(str(event._data["path"]), name, page.upload_file_set)
        except InputError as error:
            yield error_message(visitor.turn, str(error))
        else:
            yield from explore.annotate(visitor, data, name, str(finding) if finding else None)

    def on_export(visitor: Session, event: gr.EventData) -> Iterator[Message]:
        yield from explore.export(visitor, str(event._data["what"]), event._data["state"])

    def on_load(visitor: Session, request: gr.Request) -> None:
        arrived(visitor, request)  # which case to open is for the viewer to say: a link may ask for one

    def on_leave(request: gr.Request) -> None:
        visits.left(request.session_hash or "")

    common: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    models: dict[str, Any] = {"concurrency_id": "models", "concurrency_limit": _AT_MODELS}
    view.open(on_open, session, view, **common, **models)
    view.read(on_read, session, view, **common, **models)
    view.explain(on_explain, session, view, **common, **models)
    view.refine(on_refine, session, view, **common, concurrency_id="refine", concurrency_limit=_AT_MODELS // 3)
    view.annotate(on_annotate, session, view, **common, concurrency_id="files", concurrency_limit=2)
    view.export(on_export, session, view, **common, concurrency_id="files")
    view.stop(explore.stop, session, None, queue=False, **common)
    page.load(on_load, session, None, queue=False, **common)
    page.unload(on_leave)
    return session


def launch(page: gr.Blocks, host: str | None, port: int | None, settings: Settings, engine: Engine) -> Served:
    """Serve the page in the background.

    Raises:
        InputError: the port is taken, or a setting of who may ask says nothing that can be used.
    """
    page.state_session_capacity = 2 * SESSIONS.everybody  # so that Gradio itself forgets nobody
    theme = gr.themes.Base(font=_SYSTEM_FONTS, font_mono=_FIXED_FONTS)
    # a link, since Gradio rewrites the style that it is handed, and loses container queries on the way
    head = f'<link rel="stylesheet" href="{style().address}"><style>{model_colours(settings.keys)}</style>'
    look = {"theme": theme, "head": head, "max_file_size": settings.max_file_size}
    return serve(page, host, port, settings, engine, _HOUSES[page], **look)
