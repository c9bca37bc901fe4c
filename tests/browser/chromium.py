"""Chromium through Playwright, and a place that serves the viewer's files without the app."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

from playwright.sync_api import Browser, Page, sync_playwright

from ui.page_files import STYLES, plotly

# The shell has no windows, tabs and menus to draw: a page costs a quarter less processor time.
_PLACES = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
CHROMIUM = next((place for place in _PLACES if place.exists()), _PLACES[0])
UI = Path(__file__).parents[2] / "ui"
_BLANK = f"""<!doctype html>{"".join(f"<link rel=stylesheet href=/{style.name}>" for style in STYLES)}
<div id=place></div>"""
# Names of other machines that are this one: test_foreign.py has the app under one, and other websites under others.
_NAMES = "MAP xray.example.org 127.0.0.1, MAP evil.example 127.0.0.1, MAP portal.example 127.0.0.1"
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--liftoff-only",  # WebAssembly as it is compiled first: to optimize it takes longer than tests run it
    f"--host-resolver-rules={_NAMES}",
]
# Without it, a waiting `expect` describes the whole page at each look, which takes longer than what it waits for.
_UNDESCRIBED = Path(__file__).with_name("undescribed.cjs")


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser."""
    with patch.dict(os.environ, NODE_OPTIONS=f'--require "{_UNDESCRIBED}"'):
        playwright = sync_playwright().start()
    try:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_FLAGS)
        yield browser
        browser.close()
    finally:
        playwright.stop()


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for the many modules of a page

    def do_GET(self) -> None:
        """Serve the blank page, Plotly where the app has it, and files."""
        file = plotly()
        if self.path == "/blank":
            self._send("text/html", _BLANK.encode())
        elif self.path == f"/{file.address}":
            self._send(file.media_type, file.content)
        else:
            super().do_GET()

    def end_headers(self) -> None:
        """What is served does not change while tests run, and a page that is opened again finds it in the cache."""
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def _send(self, media_type: str, content: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

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
    blank(page, address)
    return page


def blank(page: Page, address: str) -> None:
    """Make a page what `blank_page` gives; one that was blank before has all modules in its cache."""
    page.goto(f"{address}/blank")  # not by a route, with which Playwright switches the cache off
    page.evaluate("globalThis.gradio_config = { root: '' }")
    page.evaluate("async () => { globalThis.viewer = await import('/viewer.js'); }")
