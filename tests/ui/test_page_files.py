"""The page's one script, one style sheet and plotly: addresses by content, kept for good, packed for who takes it."""

import gzip
import hashlib

from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.page_files import FOLDER, STYLES, loading, plotly, script, style


def test_each_is_named_by_its_content_and_served_packed_or_plain() -> None:
    client = TestClient(Starlette(routes=[file().route() for file in (script, style, plotly)]))
    for file, kind in ((script(), "text/javascript"), (style(), "text/css"), (plotly(), "text/javascript")):
        plain = client.get(f"/{file.address}", headers={"Accept-Encoding": "identity"})
        packed = client.get(f"/{file.address}", headers={"Accept-Encoding": "br, gzip;q=1.0"})
        assert hashlib.sha256(plain.content).hexdigest()[:16] == file.address.split("/")[-1].split(".")[0]
        assert plain.content == packed.content == file.content == gzip.decompress(file.packed)
        assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
        assert plain.headers["content-type"].startswith(kind) and "immutable" in plain.headers["cache-control"]
        assert plain.headers["vary"] == "Accept-Encoding"


def test_all_style_sheets_are_in_one() -> None:
    assert sorted(STYLES) == sorted(FOLDER.glob("*.css"))
    assert all(path.read_text("utf-8") in style().content.decode() for path in STYLES)


def test_a_component_loads_its_module_below_the_apps_root() -> None:
    assert script().address in loading("tour.js") and loading("tour.js").endswith("load('tour.js'))")
