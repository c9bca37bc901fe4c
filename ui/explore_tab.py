"""The tab Explore on the page: the viewer, and which of its requests waits in which line."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from data_cache.errors import InputError
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import UPLOAD, Explore
from ui.memory import Budget
from ui.messages import Message, error_message
from ui.naming import companion_name, upload_name
from ui.queueing import ModelQueue
from ui.session import Session
from ui.settings import Settings
from ui.shelf import Shelf
from ui.uploads import Upload, take_upload
from ui.viewer import make_viewer
from ui.visits import Visits

_AT_MODELS = 24  # requests that may wait for the models and be told so; further ones wait in Gradio's own queue


def add_explore(
    page: gr.Blocks,
    catalogue: Catalogue,
    engine: Engine,
    settings: Settings,
    lines: tuple[ModelQueue, ModelQueue],
    visits: Visits,
    memory: Budget,
) -> gr.State:
    """Add the tab Explore; returns the visitor's session.

    `lines` are where first looks wait for the models, and where what takes long does.
    """
    session = gr.State(Session())
    view = make_viewer(catalogue, engine, settings)
    shelf = Shelf(view.GRADIO_CACHE)
    wishes = settings.patch_index, settings.passes
    keeps = settings.dicom_results
    explore = Explore(catalogue, engine, shelf, shelf.lay_out, *lines, memory, *wishes, dicom_results=keeps)
    asked = _Requests(page, explore, visits)
    common: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    models: dict[str, Any] = {"concurrency_id": "models", "concurrency_limit": _AT_MODELS}
    view.open(asked.on_open, session, view, **common, **models)
    view.read(asked.on_read, session, view, **common, **models)
    view.explain(asked.on_explain, session, view, **common, **models)
    view.refine(asked.on_refine, session, view, **common, concurrency_id="refine", concurrency_limit=_AT_MODELS // 3)
    view.compare(asked.on_compare, session, view, **common, concurrency_id="compare", concurrency_limit=_AT_MODELS // 3)
    view.annotate(asked.on_annotate, session, view, **common, concurrency_id="files", concurrency_limit=2)
    view.nearest(asked.on_nearest, session, view, **common, concurrency_id="nearest", concurrency_limit=2)
    view.film(asked.on_film, session, view, **common, concurrency_id="film", concurrency_limit=4)
    view.export(asked.on_export, session, view, **common, concurrency_id="files")
    view.glance(asked.on_glance, session, view, **common, concurrency_id="glances", concurrency_limit=2)
    view.discard(asked.on_discard, session, None, queue=False, **common)
    view.stop(explore.stop, session, None, queue=False, **common)
    page.load(asked.on_load, session, None, queue=False, **common)
    page.unload(asked.on_leave)
    return session


class _Requests:
    """What the browser asks, as Gradio hands it over; the names are those of its routes, apart from the endpoints'."""

    def __init__(self, page: gr.Blocks, explore: Explore, visits: Visits) -> None:
        self._page, self._explore, self._visits = page, explore, visits

    def on_open(self, visitor: Session, event: gr.EventData, request: gr.Request) -> Iterator[Message]:
        """Open a case of the list, or an upload of the visit again."""
        self._arrived(visitor, request)
        case = str(event._data["case"])
        opening = self._explore.open_again if case.startswith(UPLOAD) else self._explore.open
        yield from opening(visitor, case, event._data)

    def on_read(self, visitor: Session, event: gr.EventData, request: gr.Request) -> Iterator[Message]:
        """Explain an upload, or say in one sentence why it cannot be read."""
        self._arrived(visitor, request)
        name = upload_name(str(event._data["name"]))
        try:
            upload = Upload(str(event._data["path"]), name, self._page.upload_file_set)
        except InputError as error:
            yield error_message(visitor.turn, str(error))
        else:
            yield from self._explore.read(visitor, upload, name, event._data)

    def on_glance(self, visitor: Session, event: gr.EventData, request: gr.Request) -> Iterator[Message]:
        """Look at an upload for the list of the visit."""
        self._arrived(visitor, request)
        name = upload_name(str(event._data["name"]))
        try:
            upload = Upload(str(event._data["path"]), name, self._page.upload_file_set)
        except InputError as error:
            yield error_message(visitor.turn, str(error))
        else:
            yield from self._explore.glance(visitor, upload)

    def on_discard(self, visitor: Session, event: gr.EventData) -> None:
        """Let go of an upload."""
        self._explore.discard(visitor, str(event._data["case"]))

    def on_refine(self, visitor: Session, event: gr.EventData) -> Iterator[Message]:
        """Make the maps of the open case finer."""
        yield from self._explore.refine(visitor, int(event._data["steps"]), event._data)

    def on_explain(self, visitor: Session, event: gr.EventData) -> Iterator[Message]:
        """Explain the open case by further methods, or with other parameters."""
        yield from self._explore.explain(visitor, event._data)

    def on_compare(self, visitor: Session, event: gr.EventData) -> Iterator[Message]:
        """Ask in several ways which patches a finding's logit comes from."""
        yield from self._explore.compare(visitor, event._data)

    def on_annotate(self, visitor: Session, event: gr.EventData) -> Iterator[Message]:
        """Read a file of annotations for the open case."""
        name, finding = companion_name(str(event._data["name"])), event._data.get("finding")
        try:
            data = take_upload(str(event._data["path"]), name, self._page.upload_file_set)
        except InputError as error:
            yield error_message(visitor.turn, str(error))
        else:
            yield from self._explore.annotate(visitor, data, name, str(finding) if finding else None)

    def on_nearest(self, visitor: Session, event: gr.EventData) -> Iterator[Message]:
        """Find the patches that are nearest to one of the open case."""
        yield from self._explore.nearest(visitor, event._data)

    def on_film(self, visitor: Session, event: gr.EventData) -> Iterator[Message]:
        """Send tiles of the original of a case that was opened lately."""
        yield from self._explore.film(visitor, event._data)

    def on_export(self, visitor: Session, event: gr.EventData) -> Iterator[Message]:
        """Write what is on show into a file."""
        yield from self._explore.export(visitor, str(event._data["what"]), event._data["state"])

    def on_load(self, visitor: Session, request: gr.Request) -> None:
        """Greet a page; which case to open is for the viewer to say: a link may ask for one."""
        self._arrived(visitor, request)

    def on_leave(self, request: gr.Request) -> None:
        """Note that a page was closed."""
        self._visits.left(request.session_hash or "")

    def _arrived(self, visitor: Session, request: gr.Request) -> None:
        if request.session_hash:
            self._visits.arrived(request.session_hash, visitor)
