"""A connection that is lost in the middle of a file: a length is stated, and half of it comes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from playwright.sync_api import BrowserContext

STATED = 200_000  # bytes


class _Cut(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(STATED))
        self.end_headers()
        self.wfile.write(bytes(STATED // 2))
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """It says nothing."""


@contextmanager
def cut_short(context: BrowserContext, files: str) -> Iterator[None]:
    """Meanwhile files of the page, a glob, end half way, at their own addresses."""
    server = HTTPServer(("127.0.0.1", 0), _Cut)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    context.route(files, lambda route: route.continue_(url=f"http://127.0.0.1:{server.server_port}/half"))
    try:
        yield
    finally:
        context.unroute(files)
        server.shutdown()
        server.server_close()
        thread.join()


KEPT = """async () => {
    const cache = await caches.open("explorer-device");
    return (await cache.keys()).map(({ url }) => new URL(url).pathname.replace(/.*[.]/, ""));
}"""  # the endings of the files that a browser keeps of what a device computes with
