"""Telling visitors apart by a secret that stands in no address.

Gradio knows a visit by its session hash alone, and writes it into addresses (`queue/data?session_hash=`,
`heartbeat/HASH`); files are fetched by their path. Addresses stand in the logs of every proxy on the way. Who read one
there could follow the visit's messages, ask for its maps and exports, let it end, and fetch its radiograph and maps
for as long as they lay on the disk. Here a browser gets a cookie, and sessions and files belong to the cookie that
they were made with: the same hash or path with another cookie, or none, names nothing.
"""

import hashlib
import ipaddress
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass

from data_cache.errors import InputError

NOBODY = "open"  # all who keep no cookies, where these may come in at all
_SECRET = re.compile(r"[\w-]{43}", re.ASCII)
_SESSION = re.compile(r"[0-9A-Za-z-]{1,64}")
_OWNER = re.compile(rf"[0-9A-Za-z-]{{1,64}}\.([0-9a-f]{{32}}|{NOBODY})")


@dataclass(frozen=True)
class Client:
    """Who asks, as far as limits go: a cookie, of which one may get many, at an address, which many may share.

    Attributes:
        visitor: as `visitor_of` names them; those without cookies are told apart by their address.
        address: a number, of IPv6 the first 64 bits, which one connection has for itself.
    """

    visitor: str
    address: str

    @classmethod
    def of(cls, visitor: str, peer: tuple[str, int] | None) -> "Client":
        """The client of a request.

        Args:
            visitor: whose it is.
            peer: address and port as ASGI has them, those that a trusted proxy named.
        """
        address = peer[0] if peer else ""
        with suppress(ValueError):
            number = ipaddress.ip_address(address)
            if number.version == 6:
                address = str(ipaddress.ip_network((int(number) >> 64 << 64, 64)))
        return cls(f"{NOBODY} {address}" if visitor == NOBODY else visitor, address)


def new_secret() -> str:
    """A secret for a visitor's cookie."""
    return secrets.token_urlsafe(32)


def visitor_of(secret: str | None) -> str | None:
    """The visitor of a cookie, as sessions and folders name them, which does not give the cookie away; None: no cookie
    of ours."""
    if secret is None or not _SECRET.fullmatch(secret):
        return None
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


def own_session(session_hash: object, visitor: str) -> str:
    """The session that a visitor means by a session hash.

    Raises:
        InputError: that is no session hash.
    """
    if not isinstance(session_hash, str) or not _SESSION.fullmatch(session_hash):
        raise InputError("Expected a session hash of letters and digits, found none.")
    return f"{session_hash}.{visitor}"


def visitor_in(session: str) -> str:
    """The visitor that a session, as `own_session` names it, belongs to."""
    return session.rpartition(".")[2]


def _request() -> object:
    """Gradio's request that this thread works on, or None."""
    # not before the app has made its own folder: Gradio makes one, as it is imported, wherever temporary files go
    from gradio.context import LocalContext

    return LocalContext.request.get(None)


def current_visitor() -> str:
    """Whose request this thread works on, as Gradio says while it calls the page's functions."""
    request = _request()
    owner = _OWNER.fullmatch(str(getattr(request, "session_hash", None)))
    return owner[1] if owner else NOBODY


def current_client() -> Client:
    """Who asks in the request that this thread works on."""
    request = getattr(_request(), "request", None)
    return Client.of(current_visitor(), getattr(request, "scope", {}).get("client"))
