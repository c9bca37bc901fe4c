"""The tour for a first visit: five steps that can be skipped; the browser remembers that it was seen, nothing else."""

import gradio as gr

from ui.page_files import loading

_BOOTSTRAP = """
{LOADING}.then(({ offer }) => offer(document.body)).catch(() => {});
"""


def add_tour() -> None:
    """Put the tour on the page that is being built."""
    gr.HTML(
        None,
        html_template="",
        js_on_load=_BOOTSTRAP.replace("{LOADING}", loading("tour.js")),
        apply_default_css=False,
        elem_id="tour",
    )
