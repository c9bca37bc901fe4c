"""The one page of a site: its header, its tabs, and where its files are."""

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from ui.bundle import bundle
from ui.model_colours import model_colours
from ui.page_files import FOLDER, style
from ui.static.files import PAGE, Files
from ui.static.placing import GENERATOR
from ui.texts import HEADER, TITLE

TABS = {
    "explore": "Explore",
    "sort": "Sort a folder",
    "benchmark": "Benchmark",
    "trust": "Trust",
    "about": "Models and about",
}
_ENTRY = "js/static/site.js"
_STYLE, _PAGE, _EARLY = (Path(__file__).with_name(name) for name in ("site.css", "page.html", "early.js"))
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' '{hash}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'"
)


def write_shell(files: Files, keys: tuple[str, ...], site: Mapping[str, Any], first: tuple[str, ...]) -> None:
    """Write index.html, and the script and the style sheet that it names.

    Args:
        files: of the site.
        keys: of the models, whose colours the page shows.
        site: addresses of everything else, as js/static/stored.js says; a tab without one is left out.
        first: addresses that the page asks for at once.
    """
    tabs = {key: label for key, label in TABS.items() if key == "explore" or key in site}
    script = f'{bundle(FOLDER, (_ENTRY,))}load("{_ENTRY}").start();\n'
    sheet = "\n".join((_STYLE.read_text("utf-8"), style().content.decode(), model_colours(keys)))
    early = _EARLY.read_text("utf-8")
    allowed = base64.b64encode(hashlib.sha256(early.encode()).digest()).decode()
    page = _PAGE.read_text("utf-8").format(
        generator=GENERATOR,
        policy=_POLICY.format(hash=f"sha256-{allowed}"),
        title=TITLE,
        style=files.write(sheet.encode(), ".css", PAGE),
        script=files.write(script.encode(), ".js", PAGE),
        preloads="\n".join(f'<link rel="preload" as="fetch" href="{one}" crossorigin>' for one in first),
        header=HEADER,
        early=early,
        tabs="\n".join(_tab(key, label) for key, label in tabs.items()),
        panels="\n".join(_panel(key) for key in tabs),
        site=json.dumps(site, separators=(",", ":")).replace("<", "\\u003c"),
    )
    files.named("index.html", page.encode())


def _tab(key: str, label: str) -> str:
    return (
        f'<button type="button" role="tab" id="tab-{key}" aria-controls="{key}" aria-selected="false" tabindex="-1">'
        f"{escape(label)}</button>"
    )


def _panel(key: str) -> str:
    waiting = '<div><p class="viewer-loading">Loading…</p></div>'
    return f'<section role="tabpanel" id="{key}" aria-labelledby="tab-{key}" hidden>{waiting}</section>'
