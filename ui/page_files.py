"""What the browser loads of the page: Gradio's script and style sheet, the page's own, and, for charts, plotly.

All are named by their content when the app starts, and so are kept by the browser until they change.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.bundle import bundle
from ui.chunks import chunks

FOLDER = Path(__file__).parent
ENTRIES = ("viewer.js", "sort.js", "benchmark.js", "trust.js", "about.js", "tour.js")
# In this order: later ones add to earlier ones.
STYLES = tuple(
    FOLDER / f"{name}.css"
    for name in (
        "viewer",
        "visit",
        "computing",
        "assessment",
        "findings",
        "panes",
        "film",
        "layouts",
        "patches",
        "drawing",
        "readers",
        "regions",
        "comparison",
        "one_map",
        "second_read",
        "sort",
        "charts",
        "benchmark",
        "trust",
        "about",
        "tour",
        "hands",
    )
)
PLACE = "/page/"  # below which they are fetched
_LEVEL = 6  # Plotly at level 9 takes a fourth longer, and is 0.2 % smaller
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class PageFile:
    """A file that is served from memory.

    Attributes:
        address: below the app's root, without a slash before it.
        content: as it is.
        media_type: what it is.
    """

    address: str
    content: bytes
    media_type: str

    @cached_property
    def packed(self) -> bytes:
        """The same by gzip, made when it is first asked for."""
        return gzip.compress(self.content, _LEVEL, mtime=0)

    def route(self) -> Route:
        """What answers requests for it."""
        return Route(f"/{self.address}", self._answer())

    def _answer(self) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
            if takes_gzip(request.headers):
                return Response(self.packed, 200, headers | {"Content-Encoding": "gzip"}, self.media_type)
            return Response(self.content, 200, headers, self.media_type)

        return answer


@cache
def script() -> PageFile:
    """All modules of the page in one, which exports `load(name)`."""
    return made(bundle(FOLDER, ENTRIES).encode(), "js", "text/javascript")


@cache
def style() -> PageFile:
    """All style sheets of the page in one."""
    return made("\n".join(path.read_text("utf-8") for path in STYLES).encode(), "css", "text/css")


@cache
def gradio_script() -> PageFile:
    """Gradio's own modules in one, which start the page.

    Raises:
        UnknownChunksError: the installed version's cannot be bundled.
    """
    return made(chunks().script(gradio_style().address).encode(), "js", "text/javascript")


@cache
def gradio_style() -> PageFile:
    """The style sheets of these modules in one; raises as `gradio_script` does."""
    return made(chunks().style().encode(), "css", "text/css")


def page_source() -> str:
    """Gradio's template of the page, asking for these files, and at once for the page's own; raises as they do.

    The page's module is no `modulepreload`: where a browser takes one import map alone, Firefox among them, it takes
    none once a module is on its way.
    """
    return chunks().page(
        f'<script defer src="{gradio_script().address}"></script>'
        f'<link rel="stylesheet" href="{gradio_style().address}">'
        f'<link rel="preload" as="style" href="{style().address}">'
        f'<link rel="preload" as="script" crossorigin href="{script().address}">'
    )


@cache
def plotly() -> PageFile:
    """The charts' library as its Python package brings it; the package itself, slow to import, is not imported."""
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("plotly is not installed: pip install -r requirements.txt")
    bundled = Path(found.origin).parent / "package_data" / "plotly.min.js"
    return made(bundled.read_bytes(), "js", "text/javascript")


def loading(entry: str) -> str:
    """JavaScript for a component of Gradio's: a promise of what one of ENTRIES exports."""
    root = "window.gradio_config.root.replace(/\\/$/, '')"
    return f"import(`${{{root}}}/{script().address}`).then(({{ load }}) => load('{entry}'))"


def made(content: bytes, suffix: str, media_type: str) -> PageFile:
    """A file of the page, named by its content."""
    name = hashlib.sha256(content).hexdigest()[:16]
    return PageFile(f"{PLACE.strip('/')}/{name}.{suffix}", content, media_type)


def takes_gzip(headers: Headers) -> bool:
    """Whether who asks can unpack gzip."""
    return any(part.strip().partition(";")[0] == "gzip" for part in headers.get("accept-encoding", "").split(","))
