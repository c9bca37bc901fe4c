"""The whole page: its tabs, its look, and how it is served."""

from weakref import WeakKeyDictionary

import gradio as gr

from ui.about import add_about
from ui.api import add_api
from ui.benchmark import add_benchmark
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore_tab import add_explore
from ui.house import House
from ui.limits import SESSIONS
from ui.memory import Budget
from ui.model_colours import model_colours
from ui.page_files import style
from ui.queueing import ModelQueue
from ui.serving import Served, serve
from ui.settings import Settings
from ui.sort_tab import add_sorting
from ui.temporary import DELETE_AFTER, DELETE_EVERY
from ui.texts import HEADER, TITLE
from ui.tour import add_tour
from ui.trust_tab import add_trust

_QUEUE = 1024  # requests in Gradio's queue for all kinds of work; `limits` refuses before
_LOOK = 0.01  # seconds between looks at the queue: a thousand looks a second, Gradio's own rate, take 6 % of a core
_HOUSES: "WeakKeyDictionary[gr.Blocks, House]" = WeakKeyDictionary()
_SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif")
_FIXED_FONTS = ("ui-monospace", "SFMono-Regular", "Consolas", "DejaVu Sans Mono", "monospace")


def build_page(catalogue: Catalogue, engine: Engine, settings: Settings) -> gr.Blocks:
    """Build the page; it reads no image and waits for no model."""
    lines = ModelQueue(settings.at_once), ModelQueue(settings.at_once)  # of first looks, and of what takes long
    memory = Budget(settings.memory << 20)
    with gr.Blocks(title=TITLE, fill_width=True, delete_cache=(DELETE_EVERY, DELETE_AFTER)) as page:
        house = _HOUSES[page] = House(page, settings)
        visits = house.visits
        gr.HTML(HEADER, apply_default_css=False)
        with gr.Tab("Explore", elem_id="explore"):
            session = add_explore(page, catalogue, engine, settings, lines, visits, memory)
        with gr.Tab("Sort a folder", elem_id="sort"):
            add_sorting(page, engine, settings, lines[1], memory)
        with gr.Tab("Benchmark", elem_id="benchmark"):
            add_benchmark(page, catalogue, engine, settings)
        with gr.Tab("Trust", elem_id="trust"):
            add_trust(catalogue, engine, settings, session)
        with gr.Tab("Models and about", elem_id="about"):
            add_about(catalogue, engine, settings, visits)
        add_tour()
        add_api(page, catalogue, engine, settings, lines, memory)
    page.queue(max_size=_QUEUE, api_open=True)
    page._queue.sleep_when_free = _LOOK
    return page


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
