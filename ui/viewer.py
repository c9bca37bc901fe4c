"""The viewer as a component of the page: the element, its JavaScript and its configuration.

The browser tells the server seven things: `open` (a case of the list), `read` (an upload), `explain` (maps of panes
that are new on show, or other parameters), `refine` (shift steps), `stop`, `annotate` (an annotation file for the open
case) and `export` (a file of what is shown). With the first four it says which panes are on show (see `panes`). The
server answers with one message (see `messages`), the component's value. Everything else, all that moves while somebody
looks, happens in viewer.js.
"""

import errno
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.processing_utils import save_bytes_to_cache
from numpy.typing import NDArray

from data_cache.errors import InputError
from ui.catalogue import Catalogue
from ui.config import viewer_config
from ui.settings import Settings

FOLDER = Path(__file__).parent
MODULE = FOLDER / "viewer.js"
PARTS = FOLDER / "js"
STYLES = tuple(FOLDER / name for name in ("viewer.css", "findings.css", "panes.css", "patches.css", "drawing.css"))
# Gradio makes a listener of each name that stands here in quotes.
_BOOTSTRAP = """
const events = ['open', 'read', 'explain', 'refine', 'stop', 'annotate', 'export'];
const send = Object.fromEntries(events.map((name) => [name, (data) => trigger(name, data)]));
const address = `${window.gradio_config.root.replace(/\\/$/, '')}/gradio_api/file=${props.config.module}`;
import(address).then(({ mount }) => {
  element.viewer = mount(element, { config: props.config, server, send, upload });
  const sync = () => element.viewer.update(props.value);
  watch('value', sync);
  sync();
}).catch((error) => { element.textContent = `The viewer could not start (${error.message}); reload the page.`; });
"""


def make_viewer(catalogue: Catalogue, settings: Settings) -> gr.HTML:
    """Put the viewer on the page that is being built."""

    def cases(_: object) -> list[dict[str, Any]]:  # Gradio always hands over one argument
        return catalogue.rows()

    def thumbnails(ids: list[str]) -> dict[str, str]:
        return catalogue.thumbnails(ids)

    return gr.HTML(
        None,
        html_template='<p class="viewer-loading">Loading the viewer…</p>',
        js_on_load=_BOOTSTRAP,
        apply_default_css=False,
        elem_id="viewer",
        server_functions=[cases, thumbnails],
        config={**viewer_config(settings), "module": MODULE.as_posix()},
    )


class Shelf:
    """Lays arrays out as files that only the browser that got their address can fetch; Gradio deletes them in time."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __call__(self, array: NDArray[Any]) -> dict[str, Any]:
        """Return {file, dtype, shape} of an array; bytes are little endian, rows first.

        Raises:
            InputError: the disk does not take it.
        """
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        try:
            path = save_bytes_to_cache(little.tobytes(), "array.bin", self._folder)
        except OSError as error:
            reason = "the disk is full" if error.errno == errno.ENOSPC else (error.strerror or "that failed")
            raise InputError(f"Expected to lay out the maps on the server, but {reason}; try again later.") from error
        file = gr.FileData(path=path, orig_name="array.bin").model_dump()
        return {"file": file, "dtype": array.dtype.name, "shape": list(array.shape)}

    def lay_out(self, data: bytes, name: str) -> dict[str, Any]:
        """Lay a file out under its name and return its address."""
        return gr.FileData(path=save_bytes_to_cache(data, name, self._folder), orig_name=name).model_dump()
