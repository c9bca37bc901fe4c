"""Who may use the page, where the host asks for it: by name and password, or because a proxy has asked already.

Passwords are compared by their hashes and in constant time. They travel as HTTP's Basic scheme has them, so that
browsers and programs know how to send them; before other machines than this one, HTTPS belongs in front. A proxy that
has its own login names the visitor in a header. Anybody can send a header: it counts only where the connection itself
comes from a machine that the host trusts.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data_cache.errors import InputError
from ui.peers import Peers
from ui.routes import HEALTH, METRICS
from ui.settings import Settings

_OPEN = (HEALTH, METRICS)  # they have no visitors; who may read the second is a setting of its own
_PAUSE = 0.5  # seconds after a wrong password
_WHAT = "NAME:PASSWORD in each line"


@dataclass(frozen=True)
class Logins:
    """Who is let in.

    Attributes:
        pairs: hashes of NAME:PASSWORD.
        header: in which a trusted proxy names the visitor, in lower case; empty: in none.
        trusted: the proxies.
    """

    pairs: tuple[bytes, ...] = ()
    header: str = ""
    trusted: Peers = field(default_factory=Peers)

    @classmethod
    def of(cls, settings: Settings) -> "Logins | None":
        """What the settings ask for; None where everybody is let in.

        Raises:
            InputError: the file of passwords is missing or has another form, or one of the two settings of a proxy's
                login comes without the other.
        """
        if bool(settings.auth_header) != bool(settings.auth_from):
            raise InputError(
                "Expected --auth-header and --auth-from together, found one of them: anybody can send a header, so it "
                "counts only from the proxies that are named."
            )
        if not settings.auth and not settings.auth_header:
            return None
        pairs = tuple(map(_hashed, _pairs(settings.auth))) if settings.auth else ()
        return cls(pairs, settings.auth_header.lower(), Peers.of(settings.auth_from, "--auth-from"))

    def knows(self, authorization: str) -> bool:
        """Whether an Authorization header holds one of the names with its password."""
        scheme, _, encoded = authorization.partition(" ")
        try:
            said = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        found = hashlib.sha256(said).digest()
        right = [hmac.compare_digest(found, pair) for pair in self.pairs]  # all, so that the time tells nothing of them
        return scheme.lower() == "basic" and any(right)

    def vouched(self, headers: Headers, peer: str) -> bool:
        """Whether a trusted proxy names a visitor."""
        return bool(self.header) and peer in self.trusted and bool(headers.get(self.header, "").strip())


class Login:
    """An ASGI application before another one.

    Args:
        app: what is behind the login; it must see the connection's own address in `client`, so that nothing before
            this has replaced it.
        logins: who is let in.
    """

    def __init__(self, app: ASGIApp, logins: Logins) -> None:
        self._app, self._logins = app, logins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or ask who it is."""
        if scope["type"] == "lifespan" or scope["path"] in _OPEN:
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        peer = (scope.get("client") or ("",))[0]
        authorization = headers.get("authorization", "")
        if self._logins.vouched(headers, peer) or self._logins.knows(authorization):
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": 1008})
        if authorization:
            await asyncio.sleep(_PAUSE)
        if self._logins.pairs:
            asked = {"WWW-Authenticate": 'Basic realm="MedicalPatchNet Explorer", charset="UTF-8"'}
            return await PlainTextResponse("Log in with your name and password.\n", 401, asked)(scope, receive, send)
        sentence = "This page is reached through its login; open the address that whoever runs it gave you.\n"
        return await PlainTextResponse(sentence, 403)(scope, receive, send)


def _pairs(setting: str) -> list[str]:
    """The NAME:PASSWORD of a setting, which is a file, or in the environment what would stand in one.

    What is refused is not repeated: it may be a password.
    """
    text = _text_of(setting)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    for number, line in enumerate(lines, 1):
        name, colon, password = line.partition(":")
        if not name or not colon or not password:
            raise InputError(f"Expected {_WHAT} for --auth, found something else in line {number}.")
    if not lines:
        raise InputError(f"Expected {_WHAT} for --auth, found none.")
    return lines


def _text_of(setting: str) -> str:
    if holds_pairs(setting):
        return setting
    try:
        return Path(setting).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no text"
        raise InputError(f"Expected a file with {_WHAT} for --auth, found none that can be read ({reason}).") from None


def holds_pairs(setting: str) -> bool:
    """Whether a setting is no file, but has a name and a password in it."""
    try:
        return ":" in setting and not Path(setting).exists()
    except (OSError, ValueError):  # too long for a name
        return True


def _hashed(pair: str) -> bytes:
    return hashlib.sha256(pair.encode()).digest()
