"""A small web server on this machine that stands in for the Hugging Face Hub."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

COMMIT = "c0ffee" * 6 + "abcd"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files: Mapping[str, bytes]
    asked: list[str]
    status = 200

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        self.close_connection = True
        self.asked.append(f"{self.command} {self.path}")
        if "/resolve/main/" not in self.path:
            return self._head(404, 0)
        owner, repository, _, _, name = self.path.lstrip("/").split("/", 4)
        content = self.files.get(f"{owner}/{repository}/{name}")
        known = any(file.startswith(f"{owner}/{repository}/") for file in self.files)
        if self.status != 200:
            return self._head(self.status, 0)
        if content is None:
            return self._head(404, 0, **{"X-Error-Code": "EntryNotFound" if known else "RepoNotFound"})
        self._head(200, len(content), **{"X-Repo-Commit": COMMIT, "ETag": f'"{sha256(content).hexdigest()}"'})
        if with_body:
            self.wfile.write(content)
        return None

    def _head(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def hub(files: Mapping[str, bytes], asked: list[str] | None = None, status: int = 200) -> Iterator[str]:
    """Serve files named owner/repository/file until the block ends; yields the address.

    Args:
        files: content by name.
        asked: gets a line for each request.
        status: other than 200, the answer to everything.
    """
    handler = type("Handler", (_Handler,), {"files": files, "asked": [] if asked is None else asked, "status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
