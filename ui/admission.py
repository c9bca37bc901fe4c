"""Who may speak to the page: names that it answers to, and other websites that may call or frame it.

A browser carries requests for any website that somebody visits, so an instance inside a hospital's network is only as
closed as its answers. Two things keep it closed. *Hosts*: a website can let its own name point at this machine (DNS
rebinding) and then counts as the same origin; so only names are answered that are this machine's. A number instead of
a name cannot be pointed elsewhere. *Origins*: a request that says it comes from another website is refused.
"""

import ipaddress
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from data_cache.errors import InputError
from ui.settings import Settings

_EVERYWHERE = ("", "0.0.0.0", "::", "[::]")
_SPACES = ("*.hf.space",)  # nobody but the Hub can point these names anywhere
_HUB = ("https://huggingface.co", "https://hf.co")  # the Hub shows a Space in a frame
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1")
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]+")

_HEADER = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?")


@dataclass(frozen=True)
class Admission:
    """Which hosts are answered to, and which origins are admitted besides the page's own.

    Attributes:
        hosts: names or numbers in lower case, without a port; `*.example.org` stands for all names below it.
        numbers: whether any IP address is answered to: this machine may have more of them than it knows of.
        origins: such as https://portal.example.org, which may call the page.
        frames: which may show it in a frame: the same, and the Hub on a Space.
        proxies: whose X-Forwarded-For is believed, addresses and networks; a Space's come from its private network.
    """

    hosts: frozenset[str] = frozenset()
    numbers: bool = False
    origins: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()

    @classmethod
    def of(cls, host: str | None, settings: Settings) -> "Admission":
        """What is admitted where the app listens on `host` (None: this machine alone).

        Raises:
            InputError: a setting names no host, no origin or no proxy.
        """
        listened = (host or "localhost").lower()
        everywhere = listened in _EVERYWHERE
        hosts = [_a_host(name) for name in _listed(settings.allowed_hosts)]
        origins = tuple(dict.fromkeys(_an_origin(name) for name in _listed(settings.allowed_origins)))
        frames = origins
        proxies = tuple(_a_proxy(name) for name in _listed(settings.trusted_proxies))
        hosts += own_names() if everywhere else [listened.strip("[]")]
        if "SPACE_ID" in os.environ or "SPACE_HOST" in os.environ:
            hosts += [*_SPACES, *_listed(os.environ.get("SPACE_HOST", ""))]
            frames = (*origins, *_HUB)
            proxies = proxies or _PRIVATE
        return cls(frozenset(name.lower() for name in hosts), everywhere, origins, frames, proxies)

    def answers(self, host: str) -> bool:
        """Whether a request for this host (with or without port) is answered."""
        name = _name(host)
        if not name:
            return False
        number = _number(name)
        if name == "localhost" or name.endswith(".localhost") or (number is not None and number.is_loopback):
            return True
        if name in self.hosts or (number is not None and self.numbers):
            return True
        return any(name.endswith(one[1:]) for one in self.hosts if one.startswith("*."))

    def admits(self, origin: str, hosts: Iterable[str]) -> bool:
        """Whether a request from this origin, for one of these hosts, is the page's own or of an admitted website."""
        parts = urlsplit(origin.lower())
        own = parts.scheme in ("http", "https") and parts.netloc in {
            _without_default(host, parts.scheme) for host in hosts
        }
        return own or origin.lower() in self.origins


def own_names() -> list[str]:
    """What this machine calls itself, found without asking anybody."""
    name = socket.gethostname().lower()
    return [name, f"{name.split('.')[0]}.local", name.split(".")[0]] if name else []


def _listed(setting: str) -> list[str]:
    return [part.strip() for part in setting.split(",") if part.strip()]


def _a_host(name: str) -> str:
    if not _HOST.fullmatch(name.lower().strip("[]")):
        raise InputError(f"Expected allowed hosts such as xray.example.org, without http:// and port, found {name!r}.")
    return name.lower().strip("[]")


def _an_origin(name: str) -> str:
    try:
        parts = urlsplit(name.lower())
        complete = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "") and "*" not in name
        whole = f"{parts.scheme}://{parts.netloc}" == name.lower() and "@" not in name
    except ValueError:
        complete = whole = False
    if not complete or not whole:
        raise InputError(f"Expected allowed origins such as https://portal.example.org, found {name!r}.")
    return name.lower()


def _a_proxy(name: str) -> str:
    try:
        return str(ipaddress.ip_network(name))
    except ValueError:
        raise InputError(
            f"Expected trusted proxies as addresses or networks such as 10.0.0.0/8, found {name!r}."
        ) from None


def _name(host: str) -> str:
    """The name or number in a Host header, in lower case; nothing where it is none."""
    found = _HEADER.fullmatch(host.lower())
    return (found[1] or found[2]).rstrip(".") if found else ""


def _number(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _without_default(host: str, scheme: str) -> str:
    """A Host header as browsers write it into an origin: without the port that the scheme has anyway."""
    return host.lower().removesuffix({"http": ":80", "https": ":443"}[scheme])
