"""What the browser loads of the page besides Gradio's own files: one script and one style sheet.

Both are made when the app starts, are named by their content, and so are kept by the browser until they change.
"""

import gzip
import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.bundle import bundle

FOLDER = Path(__file__).parent
ENTRIES = ("viewer.js", "benchmark.js", "trust.js", "about.js", "tour.js")
# In this order: later ones add to earlier ones.
STYLES = tuple(
    FOLDER / f"{name}.css"
    for name in ("viewer", "findings", "panes", "patches", "drawing", "benchmark", "trust", "about", "tour")
)
PLACE = "/page/"  # below which they are fetched
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class PageFile:
    """A file that is served from memory.

    Attributes:
        address: below the app's root, without a slash before it.
        content: as it is.
        packed: the same by gzip.
        media_type: what it is.
    """

    address: str
    content: bytes
    packed: bytes
    media_type: str

    def route(self) -> Route:
        """What answers requests for it."""
        return Route(f"/{self.address}", self._answer())

    def _answer(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def answer(request: Request) -> Response:
            headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
            if _takes_gzip(request.headers):
                return Response(self.packed, 200, headers | {"Content-Encoding": "gzip"}, self.media_type)
            return Response(self.content, 200, headers, self.media_type)

        return answer


@cache
def script() -> PageFile:
    """All modules of the page in one, which exports `load(name)`."""
    return _made(bundle(FOLDER, ENTRIES), "js", "text/javascript")


@cache
def style() -> PageFile:
    """All style sheets of the page in one."""
    return _made("\n".join(path.read_text("utf-8") for path in STYLES), "css", "text/css")


def loading(entry: str) -> str:
    """JavaScript for a component of Gradio's: a promise of what one of ENTRIES exports."""
    root = "window.gradio_config.root.replace(/\\/$/, '')"
    return f"import(`${{{root}}}/{script().address}`).then(({{ load }}) => load('{entry}'))"


def _made(text: str, suffix: str, media_type: str) -> PageFile:
    content = text.encode()
    name = hashlib.sha256(content).hexdigest()[:16]
    return PageFile(f"{PLACE.strip('/')}/{name}.{suffix}", content, gzip.compress(content, mtime=0), media_type)


def _takes_gzip(headers: Headers) -> bool:
    return any(part.strip().partition(";")[0] == "gzip" for part in headers.get("accept-encoding", "").split(","))
