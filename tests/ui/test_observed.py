"""What is told of requests, and what the access log makes of it."""

import re

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.access_log import log_request
from ui.observed import Answered, Observed


async def parts(_: Request) -> StreamingResponse:
    async def body() -> object:
        yield b"abc"
        yield b"defg"

    return StreamingResponse(body(), 206)  # type: ignore[arg-type]


def broken(_: Request) -> PlainTextResponse:
    raise RuntimeError("a bug")


APP = Starlette(routes=[Route("/config", parts), Route("/gradio_api/file={rest:path}", parts), Route("/", broken)])


def told(path: str, method: str = "GET") -> Answered:
    heard: list[Answered] = []
    with TestClient(Observed(APP, [heard.append]), raise_server_exceptions=False) as asked:
        asked.request(method, path, headers={"Referer": "http://a/?name=Miller"})
    (answered,) = heard
    return answered


def test_the_whole_answer_is_counted() -> None:
    answered = told("/config?session_hash=abc")
    assert (answered.method, answered.route, answered.status, answered.sent) == ("GET", "/config", 206, 7)
    assert answered.seconds > 0


def test_a_bug_and_strange_methods_are_counted_too() -> None:
    assert told("/").status == 500
    assert (told("/config", "MILLER").method, told("/nothing").route) == ("other", "other")


def test_a_line_of_the_log_names_nothing(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.access_log._log.propagate", True)
    caplog.set_level("INFO", "explorer.access")
    log_request(told("/gradio_api/file=/tmp/Miller/chest.png?session_hash=abc"))
    assert re.fullmatch(r"GET /gradio_api/file 206 \d+ ms 7 bytes", caplog.messages[0])
