"""Chromium through Playwright, and a place that serves the viewer's files without the app."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from ui.page_files import STYLES, plotly

# The shell has no windows, tabs and menus to draw: a page costs a quarter less processor time.
_PLACES = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
CHROMIUM = next((place for place in _PLACES if place.exists()), _PLACES[0])
UI = Path(__file__).parents[2] / "ui"
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        yield browser
        browser.close()


class _Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """Serve Plotly where the app has it, and files."""
        file = plotly()
        if self.path != f"/{file.address}":
            return super().do_GET()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", file.media_type)
        self.send_header("Content-Length", str(len(file.content)))
        self.end_headers()
        self.wfile.write(file.content)
        return None

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path = UI) -> Iterator[str]:
    """The address of a folder that is served as plain files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:  # a thread that goes on would keep the process
        server.shutdown()
        server.server_close()
        thread.join()


def blank_page(browser: Browser, address: str, **options: Any) -> Page:
    """An empty page with the page's style, on which `viewer.js` is imported as the global `viewer`."""
    page = browser.new_page(**options)
    links = "".join(f"<link rel=stylesheet href=/{style.name}>" for style in STYLES)
    body = f"<!doctype html>{links}<div id=place></div>"
    page.route("**/blank", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(f"{address}/blank")
    page.evaluate("globalThis.gradio_config = { root: '' }")
    page.evaluate("async () => { globalThis.viewer = await import('/viewer.js'); }")
    return page
