"""What the engines visit: the app whose visitors' devices may compute, and a site, isolated and not."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.browser.running_app import running_app

ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}


@contextmanager
def app(folder: Path, device: Path) -> Iterator[str]:
    """The address of an app with the demonstration models."""
    flags = ("--patchnet", "demo", "--cnn", "demo", "--device", "offer", "--device-runtime", str(device))
    with running_app(*flags, temporary=folder / "app") as address:
        yield address


def write_site(folder: Path, device: Path) -> Path:
    """A site of three bundled cases."""
    place = folder / "site"
    command = ["-m", "ui.static", "--out", str(place), "--cases", "3", "--patchnet", "demo", "--cnn", "demo"]
    subprocess.run([sys.executable, *command, "--runtime", str(device)], check=True, capture_output=True)
    return place


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *given: Any, headers: dict[str, str], **options: Any) -> None:
        self._headers = headers
        super().__init__(*given, **options)

    def end_headers(self) -> None:
        for name, value in self._headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path, isolated: bool) -> Iterator[str]:
    """The address of a site's files, with the headers that isolate a page or without."""
    handler = partial(_Handler, directory=str(folder), headers=ISOLATED if isolated else {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
