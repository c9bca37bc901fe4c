"""The viewer as a component of the page: the element, its JavaScript and its configuration.

The browser tells the server twelve things: `open` (a case of the list, or an upload of the visit again), `read` (an
upload), `glance` (what the list shows of one), `discard` (one that was removed), `explain` (maps of panes
that are new on show, or other parameters), `refine` (shift steps), `stop`, `annotate` (an annotation file for the open
case), `nearest` (what else looks like a patch to a model), `film` (tiles of the original), `compare` (several ways to
one map) and `export` (a file of what is shown). With the first four it says which panes are on show (see `panes`). The
server answers with one message (see `messages`), the component's value. Everything else, all that moves while somebody
looks, happens in viewer.js.
"""

import json
from typing import Any

import gradio as gr

from ui.catalogue import Catalogue
from ui.config import viewer_config
from ui.device.content import device_content
from ui.device.served import Shop
from ui.engine import Engine
from ui.page_files import loading
from ui.settings import Settings

# Gradio makes a listener of each name that stands here in quotes.
_BOOTSTRAP = """
const events = [
  'open', 'read', 'glance', 'discard', 'explain', 'refine', 'stop', 'annotate', 'nearest', 'film', 'compare', 'export',
];
const send = Object.fromEntries(events.map((name) => [name, (data) => trigger(name, data)]));
{LOADING}.then(({ mount }) => {
  element.viewer = mount(element, {
    config: JSON.parse(props.config), server, send, upload, root: window.gradio_config.root,
  });
  const sync = () => element.viewer.update(props.value);
  watch('value', sync);
  sync();
}).catch((error) => { element.textContent = `The viewer could not start (${error.message}); reload the page.`; });
"""


def make_viewer(catalogue: Catalogue, engine: Engine, settings: Settings) -> gr.HTML:
    """Put the viewer on the page that is being built."""

    def cases(_: object) -> list[dict[str, Any]]:  # Gradio always hands over one argument
        return catalogue.rows()

    def thumbnails(ids: list[str]) -> dict[str, str]:
        return catalogue.thumbnails(ids)

    def device(_: object) -> dict[str, Any]:
        return device_content(Shop(settings), engine)

    return gr.HTML(
        None,
        html_template='<p class="viewer-loading">Loading the viewer…</p>',
        js_on_load=_BOOTSTRAP.replace("{LOADING}", loading("viewer.js")),
        apply_default_css=False,
        elem_id="viewer",
        server_functions=[cases, thumbnails, device],
        # as text: Gradio copies what a component is given, value by value, whenever it tells anything of it
        config=json.dumps(viewer_config(settings, catalogue.without_image), separators=(",", ":")),
    )
