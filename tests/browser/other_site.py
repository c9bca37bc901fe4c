"""Another website on this machine, which frames what it is asked to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Site(BaseHTTPRequestHandler):
    """It frames what its address names after the question mark."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        _, _, framed = self.path.partition("?")
        self.wfile.write(f"<!doctype html><iframe width=1400 height=800 src='{framed}'></iframe>".encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served_site() -> Iterator[int]:
    """The port of such a website."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:  # a thread that goes on would keep the process
        server.shutdown()
        server.server_close()
        thread.join()
