"""The command that tries the page in other engines: what it tells browsers, and what it says without them."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.browser.engines import __main__ as command
from tests.browser.engines import launching
from tests.browser.engines.launching import LAUNCHERS, Engine, Launcher
from tests.browser.engines.page import CheckError, Page
from tests.browser.engines.remote import GO, OPEN, PICTURE, TYPE, Marionette, OverHttp, RemoteError
from tests.browser.engines.visit import Check, Visit


@contextmanager
def firefox_of(*answers: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    """A port at which packets are answered as Firefox does, and what was asked there."""
    asked: list[Any] = []

    def answer(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as file:
            _send(connection, {"applicationType": "gecko"})
            for value in answers:
                length = b"".join(iter(lambda: file.read(1), b":"))
                asked.append(json.loads(file.read(int(length))))
                _send(connection, value)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=[server])
        thread.start()
        yield server.getsockname()[1], asked
        thread.join()


def _send(connection: socket.socket, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False).encode()
    connection.sendall(str(len(text)).encode() + b":" + text)


def test_firefox_is_told_in_packets_and_its_errors_are_raised() -> None:
    refusal = {"error": "no such element", "message": "Unable to locate é", "stacktrace": ""}
    with firefox_of([1, 1, None, {"value": "ü"}], [1, 2, refusal, None], [1, 3, None, {"sessionId": "s"}]) as (
        port,
        asked,
    ):
        remote = Marionette(port)
        assert remote.ask(PICTURE) == "ü"
        with pytest.raises(RemoteError, match="no such element: Unable to locate é"):
            remote.ask(GO, url="http://localhost/ä")
        assert remote.ask(OPEN, capabilities={}) == {"sessionId": "s"}
        remote.close()
    assert asked == [
        [0, 1, "WebDriver:TakeScreenshot", {}],
        [0, 2, "WebDriver:Navigate", {"url": "http://localhost/ä"}],
        [0, 3, "WebDriver:NewSession", {"capabilities": {}}],
    ]


class _Driver(BaseHTTPRequestHandler):
    asked: list[tuple[str, str, Any]]

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.asked.append((self.command, self.path, json.loads(self.rfile.read(length) or b"null")))
        wrong = self.path.endswith("/url")
        value: Any = {"sessionId": "one", "capabilities": {}} if self.path == "/session" else "value"
        if wrong:
            value = {"error": "unknown error", "message": "no such host", "stacktrace": ""}
        self.send_response(500 if wrong else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"value": value}).encode())

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def test_drivers_are_told_over_http_and_their_errors_are_raised() -> None:
    _Driver.asked = []
    server = HTTPServer(("127.0.0.1", 0), _Driver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        remote = OverHttp(server.server_port)
        remote.ask(OPEN, capabilities={"alwaysMatch": {}})
        assert remote.ask(PICTURE) == "value"
        remote.ask(TYPE, id="e1", text="/a\n/b")
        with pytest.raises(RemoteError, match="unknown error: no such host"):
            remote.ask(GO, url="http://nowhere")
        remote.close()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert [(method, path) for method, path, _ in _Driver.asked] == [
        ("POST", "/session"),
        ("GET", "/session/one/screenshot"),
        ("POST", "/session/one/element/e1/value"),
        ("POST", "/session/one/url"),
        ("DELETE", "/session/one"),
    ]
    assert _Driver.asked[2][2]["text"] == "/a\n/b"


class _Remote:
    """A browser of which nothing is asked."""

    def ask(self, command: object, **parameters: Any) -> Any:
        raise AssertionError(command)

    def close(self) -> None:
        pass


def test_what_fails_is_said_and_the_next_is_asked(tmp_path: Path) -> None:
    def wrong(visit: Visit) -> str:
        raise CheckError("nothing is drawn")

    def gone(visit: Visit) -> str:
        raise RemoteError("Firefox ended")

    engine = Engine("Firefox", "1.0", _Remote(), tmp_path / "log", tmp_path)
    visit = Visit(Page(engine), "app", "http://localhost", {}, tmp_path, None)
    checks = (Check("panes", wrong), Check("keys", gone), Check("wheel", lambda visit: "zooms"))
    assert [row[2:] for row in command.asked(visit, checks)] == [
        ("panes", "nothing is drawn", False),
        ("keys", "RemoteError: Firefox ended", False),
        ("wheel", "zooms", True),
    ]


def test_an_engine_that_is_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching.shutil, "which", lambda name: None)
    monkeypatch.setattr(launching, "_LIBRARIES", ())
    result = CliRunner().invoke(command.app, [])
    assert result.exit_code == 0, result.output
    assert [line for line in result.output.splitlines() if line.startswith(("firefox", "webkit"))] == [
        "firefox: not installed: on Debian, `apt-get install --no-install-recommends firefox-esr`",
        "webkit: not installed: on Debian, `apt-get install --no-install-recommends webkit2gtk-driver xvfb`",
    ]


@pytest.mark.thorough
@pytest.mark.parametrize("launcher", LAUNCHERS, ids=lambda one: one.key)
def test_the_page_works_in_other_engines(launcher: Launcher) -> None:
    """All that the command asks; where the engine is installed."""
    if missing := launcher.missing():
        pytest.skip(missing)
    result = CliRunner().invoke(command.app, ["--engine", launcher.key])
    assert result.exit_code == 0, result.output
