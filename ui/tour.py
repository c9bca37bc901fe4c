"""The tour for a first visit: five steps that can be skipped; the browser remembers that it was seen, nothing else."""

from pathlib import Path

import gradio as gr

FOLDER = Path(__file__).parent
MODULE = FOLDER / "tour.js"
STYLE = FOLDER / "tour.css"
FILES = (MODULE, STYLE)
_BOOTSTRAP = """
const address = `${window.gradio_config.root.replace(/\\/$/, '')}/gradio_api/file=${props.module}`;
import(address).then(({ offer }) => offer(document.body)).catch(() => {});
"""


def add_tour() -> None:
    """Put the tour on the page that is being built."""
    gr.HTML(
        None,
        html_template="",
        js_on_load=_BOOTSTRAP,
        apply_default_css=False,
        elem_id="tour",
        module=MODULE.as_posix(),
    )
