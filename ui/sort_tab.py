"""The view "Sort a folder" as a component of the page: the element, its JavaScript and its requests."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import gradio as gr

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.registry import find_model
from ui.config import ACCEPT
from ui.engine import Engine
from ui.memory import Budget
from ui.naming import upload_name
from ui.page_files import loading
from ui.protocol.sending import message
from ui.protocol.sorting import BATCH, SortConfig
from ui.queueing import ModelQueue
from ui.settings import Settings
from ui.trust_visit import Visit
from ui.uploads import Upload

if TYPE_CHECKING:
    from ui.sorting import Sorting

Message = dict[str, Any]
MOST = 500  # images in a list
# Gradio makes a listener of each name that stands here in quotes.
_BOOTSTRAP = """
const events = ['sort', 'halt'];
const send = Object.fromEntries(events.map((name) => [name, (data) => trigger(name, data)]));
Promise.all([{LOADING}, server.about_sorting(null)]).then(([{ mount }, config]) => {
  element.sorting = mount(element, { config, send, upload });
  const sync = () => element.sorting.update(props.value);
  watch('value', sync);
  sync();
}).catch((error) => { element.textContent = `This view could not start (${error.message}); reload the page.`; });
"""


def add_sorting(page: gr.Blocks, engine: Engine, settings: Settings, line: ModelQueue, memory: Budget) -> None:
    """Add the view's content to the page that is being built.

    Args:
        page: the page.
        engine: the models.
        settings: which models there are.
        line: where what takes long waits for the models.
        memory: for reading images.
    """

    def about_sorting(_: object) -> dict[str, Any]:  # Gradio always hands over one argument
        return sort_config(settings.keys, settings.device)

    @cache
    def sorting() -> "Sorting":
        from ui.sorting import Sorting  # what assesses is imported when somebody first sorts

        return Sorting(engine, line, memory)

    def on_sort(visitor: Visit, event: gr.EventData) -> Iterator[Message]:
        files = [(int(one["index"]), *_sent(page, one)) for one in event._data["files"]]
        yield from sorting().sort(visitor, int(event._data["batch"]), files)

    def on_halt(visitor: Visit) -> None:
        visitor.begin()

    visit = gr.State(Visit())
    view = gr.HTML(
        None,
        html_template='<p class="viewer-loading">Loading…</p>',
        js_on_load=_BOOTSTRAP.replace("{LOADING}", loading("sort.js")),
        apply_default_css=False,
        elem_id="sort-view",
        server_functions=[about_sorting],
    )
    common: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    view.sort(on_sort, visit, view, **common, concurrency_id="sort", concurrency_limit=4)
    view.halt(on_halt, visit, None, queue=False, **common)


@cache
def sort_config(keys: tuple[str, ...], device: str) -> dict[str, Any]:
    """What the browser is told once."""
    return message(
        SortConfig,
        findings=list(FINDINGS),
        models=[{"key": key, "label": find_model(key).label, "short": find_model(key).short} for key in keys],
        accept=ACCEPT,
        device=device,
        most=MOST,
        batch=BATCH,
    )


def _sent(page: gr.Blocks, file: dict[str, Any]) -> tuple[str, Upload | str]:
    """Name of an upload and the upload, which is not read yet, or a sentence where it did not arrive."""
    name = upload_name(str(file["name"]))
    try:
        return name, Upload(str(file["path"]), name, page.upload_file_set)
    except InputError as error:
        return name, str(error)
