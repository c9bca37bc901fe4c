"""Telling somebody of each request when it has been answered (ASGI)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.routes import route_of


@dataclass(frozen=True)
class Answered:
    """A request that is over: nothing in it says who asked, or for what file or visit.

    `status` is 499 where whoever asked had gone before an answer began; `sent` are the body's bytes.
    """

    method: str
    route: str
    status: int
    seconds: float
    sent: int


class Observer(Protocol):
    """Somebody who is told; it must be quick."""

    def __call__(self, answered: Answered) -> None: ...


_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


class Observed:
    """An ASGI application around another one.

    Args:
        app: what answers.
        observers: who is told.
    """

    def __init__(self, app: ASGIApp, observers: Sequence[Observer]) -> None:
        self._app, self._observers = app, observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the other application answer, and tell of it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, status, sent = time.perf_counter(), 499, 0
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = route_of(scope["path"])

        async def counting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counting)
        except Exception:
            status = 500
            raise
        finally:
            answered = Answered(method, route, status, time.perf_counter() - began, sent)
            for observer in self._observers:
                observer(answered)
