"""A small web server on this machine that misbehaves on request."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Behaviour:
    """What the server does.

    files: content by path, as requested. ranges: honours Range. drop_after: bytes after which it hangs up, for as many
    answers as `drops`. states_length: sends Content-Length. wrong_range: answers another part than asked for. pause:
    seconds before each byte. endless: says the content again and again.
    """

    files: dict[str, bytes]
    ranges: bool = True
    drop_after: int = 0
    drops: int = 0
    states_length: bool = True
    wrong_range: bool = False
    pause: float = 0.0
    endless: bool = False
    redirects: dict[str, str] = field(default_factory=dict)
    status: int = 200
    asked: list[tuple[str, str | None]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviour: Behaviour

    def do_GET(self) -> None:
        self.close_connection = True
        self.behaviour.asked.append((self.path, self.headers.get("Range")))
        if self.path in self.behaviour.redirects:
            return self._head(302, Location=self.behaviour.redirects[self.path])
        content = self.behaviour.files.get(self.path)
        if content is None or self.behaviour.status != 200:
            return self._head(404 if content is None else self.behaviour.status)
        return self._send(content, self.headers.get("Range"))

    def _send(self, content: bytes, asked: str | None) -> None:
        if asked and self.behaviour.ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                return self._head(416)
            start = 0 if self.behaviour.wrong_range else start
            stated = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return self._body(206, content[start:], {"Content-Range": stated})
        return self._body(200, content, {})

    def _body(self, status: int, part: bytes, headers: dict[str, str]) -> None:
        length = {"Content-Length": str(len(part))} if self.behaviour.states_length else {}
        self._head(status, **length, **headers)
        if self.behaviour.drops > 0:
            self.behaviour.drops -= 1
            part = part[: self.behaviour.drop_after]
        with suppress(ConnectionError):  # whoever asked may have heard enough
            for byte in part if self.behaviour.pause else ():
                time.sleep(self.behaviour.pause)
                self.wfile.write(bytes([byte]))
            while self.behaviour.endless:
                self.wfile.write(part)
            self.wfile.write(b"" if self.behaviour.pause else part)

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", "Connection": "close", **headers}.items():
            if name != "Content-Length" or self.behaviour.states_length:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """Serve until the block ends; yields the address."""
    handler = type("Handler", (_Handler,), {"behaviour": behaviour})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
