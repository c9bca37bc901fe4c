"""What stands before Gradio: who is answered, what is open, whose a session or a file is, and what a page may do.

Gradio reflects every origin that asks, with credentials, wherever its host is not called localhost; it lets every site
frame the page; `file=http://…` fetches any public address for whoever asks, and an address in place of an upload is
fetched too; and whoever knows a session hash or a path has what belongs to it (see `visitors`). Everything is closed
here that the page and `gradio_client` do not need.
"""

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_cache.errors import InputError
from ui.admission import Admission
from ui.bodies import TooLargeError, put_object, read_object, without_files
from ui.calls import WrongCallError
from ui.house import House
from ui.limits import CLIENT, SIZE, BusyError
from ui.page_files import PLACE
from ui.routes import HEALTH, METRICS
from ui.said import SAID, Said
from ui.tools import refusal
from ui.visitors import NOBODY, Client, new_secret, own_session, visitor_of

_API = "/gradio_api"
_FIRST = ("/", "/config", "/config/")  # what a visit begins with: a cookie is set here
_OPEN = {*_FIRST, "/theme.css", "/robots.txt", "/favicon.ico", f"{_API}/theme.css", f"{_API}/info", f"{_API}/info/"}
_ASSETS = ("/assets/", "/static/", PLACE)
_FILE, _HEARTBEAT, _MESSAGES, _UPLOAD = f"{_API}/file=", f"{_API}/heartbeat/", f"{_API}/queue/data", f"{_API}/upload"
_BODIES = re.compile(rf"{_API}/(queue/join|cancel|reset|component_server|run/[\w-]+)/?", re.ASCII)
_LARGEST_BODY = 8 * 1024**2  # bytes of JSON; uploads have a limit of their own
_JOIN, _TOOLS = f"{_API}/queue/join", (f"{_API}/mcp", f"{_API}/mcp/")
_Read = TypeVar("_Read")
_AGAIN_AFTER = "2"  # seconds
_COOKIE, _SECURE_COOKIE = "explorer-visit", "__Host-explorer-visit"
# Gradio's page has scripts and styles within it and compiles templates, so that these cannot be forbidden.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; "
    "media-src 'self' data: blob:; frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'self'; "
)


class _Refused(Exception):  # noqa: N818  an answer, not an error
    """A request that goes no further: status, and one sentence, or an answer that says it in another form."""

    def __init__(self, status: int, sentence: str, answer: Response | None = None) -> None:
        super().__init__(sentence)
        self.answer = answer or PlainTextResponse(f"{sentence}\n", status)


@dataclass
class _Call:
    """A request on its way: `secret` is the cookie to set, `private` says that no cache keeps it; `counted` is left
    when it has been answered; `said` is what a function has found wrong with it."""

    scope: Scope
    receive: Receive
    headers: Headers
    secret: str = ""
    private: bool = False
    said: Said = field(default_factory=Said)
    counted: ExitStack = field(default_factory=ExitStack)

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def secure(self) -> bool:
        """Whether the browser speaks HTTPS, to this app or to a proxy before it."""
        forwarded = self.headers.get("x-forwarded-proto", "").split(",")[0].strip()
        return (forwarded or self.scope.get("scheme")) == "https"


class Gate:
    """An ASGI application before another one.

    Args:
        app: Gradio's, or one that it is mounted in.
        admission: who is answered.
        folder: where Gradio and `Shelf` lay out files, by visitor; nobody else's are given out, and no uploads.
        house: counts who asks for how much.
        besides: paths of the app's own that are read without being a visitor.
        tools: which language models may call (MCP); they are one visitor together.
        isolated: whether the page shares its process with no other site, so that its workers may share memory. Nothing
            that it loads comes from elsewhere.
    """

    def __init__(
        self,
        app: ASGIApp,
        admission: Admission,
        folder: Path,
        house: House,
        besides: frozenset[str] = frozenset(),
        tools: frozenset[str] = frozenset(),
        isolated: bool = False,
    ) -> None:
        self._tools = tools
        self._open = _OPEN | besides
        self._app = app
        self._house = house
        self._admission = admission
        self._folder = folder.resolve()
        framing = " ".join(admission.frames) or "'none'"
        self._every = {
            "Content-Security-Policy": f"{_POLICY}frame-ancestors {framing}",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if isolated:
            self._every |= {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._answer(_Call(dict(scope), receive, Headers(scope=scope)), send)

    async def _answer(self, call: _Call, send: Send) -> None:
        app: ASGIApp = self._app
        with call.counted:
            try:
                self._check_sender(call)
                await self._check_wish(call)
            except _Refused as refused:
                app = self._readable(call, refused.answer)
            except BusyError as busy:
                app = self._readable(call, _later(busy))
            await app(call.scope, call.receive, self._with_headers(call, send))

    def _readable(self, call: _Call, answer: ASGIApp) -> ASGIApp:
        """Let an admitted website's script read a refusal, which does not pass what stands before Gradio for that."""
        if call.headers.get("origin", "").lower() not in self._admission.origins:
            return answer
        return CORSMiddleware(answer, allow_origins=self._admission.origins, allow_credentials=True)

    def _check_sender(self, call: _Call) -> None:
        """Refuse other hosts' names, and what other websites let a browser ask.

        Machines that look after this one ask by whatever name it has among them, for what changes nothing and holds
        nothing of visitors.
        """
        headers = call.headers
        forwarded = [host.strip() for host in headers.get("x-forwarded-host", "").split(",") if host.strip()]
        hosts = [headers.get("host", ""), *forwarded]
        looked_after = call.path in (HEALTH, METRICS) and call.scope["method"] in ("GET", "HEAD")
        if not looked_after and not all(self._admission.answers(host) for host in hosts):
            raise _Refused(
                421, "This page does not answer to that name; whoever runs it may admit it: --allowed-hosts."
            )
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        followed = call.path == "/" and headers.get("sec-fetch-mode") == "navigate" and call.scope["method"] == "GET"
        if origin is None and site in ("same-origin", "none"):
            return
        if self._admission.admits(origin, hosts) if origin is not None else followed:
            return
        raise _Refused(
            403, "This page is not open to other websites; whoever runs it may admit one: --allowed-origins."
        )

    async def _check_wish(self, call: _Call) -> None:
        """Refuse what is not open, and make sessions and files the visitor's own."""
        path, reading = call.path, call.scope["method"] in ("GET", "HEAD")
        if call.scope["method"] == "OPTIONS":
            return  # an admitted origin asks what it may do
        if reading and (path in self._open or path.startswith(_ASSETS)):
            if path in _FIRST and self._known(call) is None:
                call.secret = new_secret()
        elif reading and path.startswith(_FILE):
            self._check_file(call, path.removeprefix(_FILE))
        elif reading and path == _MESSAGES:
            query = dict(parse_qsl(call.scope["query_string"].decode("latin-1")))
            query["session_hash"] = _own(query.get("session_hash"), self._visitor(call))
            self._count(call, "stream")
            call.scope["query_string"] = urlencode(query).encode()
        elif reading and path.startswith(_HEARTBEAT):
            own = _own(path.removeprefix(_HEARTBEAT), self._visitor(call))
            client = self._count(call, "stream")
            self._house.sessions.seen(own, client)
            call.counted.enter_context(self._house.sessions.open(own))
            call.scope["path"], call.scope["raw_path"] = f"{_HEARTBEAT}{own}", f"{_HEARTBEAT}{own}".encode()
        elif call.scope["method"] == "POST" and path == _UPLOAD:
            self._count(call, "upload")
        elif call.scope["method"] == "POST" and _BODIES.fullmatch(path):
            await self._own_body(call, self._count(call, "call"), self._visitor(call))
        elif self._tools and path in _TOOLS and call.scope["method"] in ("GET", "POST", "DELETE"):
            reading_tools = call.scope["method"] == "GET"  # a stream, open as long as the model wants it
            self._count(call, "stream" if reading_tools else "call", NOBODY)
            if call.scope["method"] == "POST":
                await self._check_tool(call)
        else:
            raise _Refused(404, "There is nothing here.")

    def _known(self, call: _Call) -> str | None:
        cookies = cookie_parser(call.headers.get("cookie", ""))
        return visitor_of(cookies.get(_SECURE_COOKIE if call.secure else _COOKIE))

    def _visitor(self, call: _Call) -> str:
        """Whose the request is. In another website's frame some browsers keep no cookies: where such frames are
        admitted, who has none comes in too, without the protection that it gives."""
        call.private = True
        visitor = self._known(call) or (NOBODY if self._admission.frames else None)
        if visitor is None:
            raise _Refused(
                403, "Expected the cookie that this page sets, found none: allow it, and load the page again."
            )
        return visitor

    def _count(self, call: _Call, kind: str, visitor: str | None = None) -> Client:
        """Count a request until it has been answered; returns whose it is: by default, the visitor's of the cookie.

        Raises:
            BusyError: there are too many of the kind.
        """
        client = call.scope[CLIENT] = Client.of(
            self._visitor(call) if visitor is None else visitor, call.scope.get("client")
        )
        call.counted.enter_context(self._house.traffic.counted(kind, client))
        return client

    def _check_file(self, call: _Call, place: str) -> None:
        if re.match(r"[a-z][a-z0-9+.-]*:", place, re.IGNORECASE):
            raise _Refused(403, "This page fetches nothing from other addresses.")
        try:
            path = Path(place).resolve()
        except (OSError, ValueError):
            raise _Refused(403, "There is no such file.") from None
        if path.is_relative_to(self._folder) and not path.is_relative_to(self._folder / self._visitor(call)):
            raise _Refused(403, "Expected a file of this visit, found another one.")

    async def _own_body(self, call: _Call, client: Client, visitor: str) -> None:
        """Make the session that a JSON body names the visitor's own, and let Gradio see no files in it.

        What Gradio takes for a file it moves, or fetches where it is an address. Here files come by their path alone,
        and only `take_upload` reads them.
        """
        body, size = await _read_body(call, without_files)
        if "session_hash" in body or not call.path.startswith(f"{_API}/reset"):
            body["session_hash"] = _own(body.get("session_hash"), visitor)
            self._check_call(call, body)
            if call.path.startswith(_JOIN):
                call.scope[SIZE] = size
                self._house.check_waiting(body, client, size)
            self._house.sessions.seen(body["session_hash"], client)
        call.receive = put_object(call.scope, call.receive, body)

    def _check_call(self, call: _Call, body: dict[str, Any]) -> None:
        try:
            self._house.check_call(call.path, body)
        except WrongCallError as error:
            refusal = JSONResponse({"error": str(error), "detail": str(error)}, error.status)
            raise _Refused(error.status, str(error), refusal) from None
        call.scope[SAID] = call.said

    async def _check_tool(self, call: _Call) -> None:
        """Let a language model's message pass where it calls a tool that there is, without a file."""
        (message, refused), _ = await _read_body(call, lambda message: (message, refusal(message, self._tools)))
        if refused is not None:
            raise _Refused(200, "", JSONResponse(refused))
        call.receive = put_object(call.scope, call.receive, message)

    def _with_headers(self, call: _Call, send: Send) -> Send:
        async def sending(message: Message) -> None:
            """Send a part of the answer; the first has the headers and the status."""
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                if call.said.wrong and message["status"] == 500:  # Gradio's for all that a function raises
                    message["status"] = 422
                headers.update(self._every)
                if call.private:
                    headers["Cache-Control"] = "no-store"
                if call.secret:
                    headers.append("Set-Cookie", self._cookie(call))
            await send(message)

        return sending

    def _cookie(self, call: _Call) -> str:
        """The visit's cookie, gone when the browser is closed, and never sent for another website, except where one
        may frame the page."""
        if not call.secure:
            return f"{_COOKIE}={call.secret}; Path=/; HttpOnly; SameSite=Lax"
        framed = "SameSite=None; Partitioned" if self._admission.frames else "SameSite=Lax"
        return f"{_SECURE_COOKIE}={call.secret}; Path=/; HttpOnly; Secure; {framed}"


async def _read_body(call: _Call, read: Callable[[dict[str, Any]], _Read]) -> tuple[_Read, int]:
    """What a function makes of the JSON object that is sent, which may be nested too deeply for it, and its bytes."""
    if not call.headers.get("content-type", "").startswith("application/json"):
        raise _Refused(415, "Expected JSON, found something else.")
    try:
        content, size = await read_object(call.receive, _LARGEST_BODY)
        return read(content), size
    except TooLargeError:
        raise _Refused(413, f"Expected at most {_LARGEST_BODY} bytes, found more.") from None
    except (ValueError, RecursionError):
        raise _Refused(400, "Expected a JSON object, found something else.") from None


def _later(busy: BusyError) -> Response:
    """What the page's scripts and Gradio's clients read, and try again."""
    return JSONResponse({"detail": str(busy)}, busy.status, {"Retry-After": _AGAIN_AFTER})


def _own(session_hash: object, visitor: str) -> str:
    try:
        return own_session(session_hash, visitor)
    except InputError as error:
        raise _Refused(400, str(error)) from None
