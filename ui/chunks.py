"""Gradio's own scripts and styles that every visit needs, in one file each: a browser asks for two instead of fifty.

Its chunks stay as they are, modules of their own: a script lays each out as a blob and names the blobs in an import
map, under the addresses that the chunks have on the server too, so that what is fetched later meets the same modules.
Four things are changed in a chunk's text: the names of the chunks that it imports, since a blob has no folder beside
it; its own address, for the same reason; the lists of what to fetch beforehand, without what is there already; and the
clock of the sign "loading", which otherwise goes on, sixty times a second, after that sign is gone.

Where a browser knows no import maps, or does not take this one, it fetches the chunks one by one as Gradio has them.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gradio as gr

FRONTEND = Path(gr.__file__).parent / "templates" / "frontend"
KINDS = ("html", "state", "tabitem", "tabs")  # of the page's components; what is another one's is fetched alone
_PAGE = re.compile(
    r'<script type="module" crossorigin src="\./assets/(?P<script>index-[\w-]+\.js)"></script>\s*'
    r'<link rel="stylesheet" crossorigin href="\./assets/(?P<style>index-[\w-]+\.css)">'
)
_LISTED = re.compile(r'm\.f=(?P<names>\["[^\]]*\])')  # what a chunk may have to fetch beforehand
_STATIC = re.compile(r'(?P<form>\bfrom|\bimport)"\./(?P<name>[\w.-]+\.js)"')
_DYNAMIC = re.compile(
    r"import\(`\./(?P<name>[\w.-]+\.js)`\)(?:(?!import\().){0,80}?,__vite__mapDeps\(\[(?P<listed>[\d,]*)\]\)"
)
_CLOCK = re.compile(r"performance\.now\(\)-[^{}]*,(?P<on>\w+)&&(?P<again>\w+\(\)\}\)\})")
_SIGN = r",(?P<sign>\w+),%s=!1,"


class UnknownChunksError(ValueError):
    """Gradio's files are not written as those of the pinned version are."""


@dataclass(frozen=True)
class Chunks:
    """Texts by file name, in the order in which Gradio's page comes to need them, and its template."""

    template: str
    entry: str
    scripts: dict[str, str]
    styles: dict[str, str]

    def page(self, files: str) -> str:
        """Gradio's template of the page with other tags in place of those that fetch its first script and style."""
        return _PAGE.sub(lambda _: files, self.template)

    def script(self, style: str) -> str:
        """A script that makes modules of the chunks and starts the page; `style` is the address of the style sheet."""
        first = f"./assets/{next(iter(self.styles))}"  # which the page looks for
        names = json.dumps(sorted([*self.scripts, *self.styles]))
        texts = json.dumps({name: _changed(text, first, style) for name, text in self.scripts.items()})
        return _SCRIPT.format(names=names, texts=texts, entry=self.entry)

    def style(self) -> str:
        """One style sheet."""
        return "\n".join(self.styles.values())


# The part of a page that Gradio makes is the page's own address followed by assets/, behind a proxy too.
_SCRIPT = """(() => {{
  const place = new URL('assets/', document.baseURI).href;
  const texts = {texts};
  if (!HTMLScriptElement.supports?.('importmap')) {{
    import(place + '{entry}');
    return;
  }}
  globalThis.pageChunks = {{ place, names: new Set({names}.map((name) => './' + name)) }};
  const imports = {{ 'chunks/': place }};
  for (const [name, text] of Object.entries(texts)) {{
    const made = URL.createObjectURL(new Blob([text], {{ type: 'text/javascript' }}));
    imports['chunks/' + name] = imports[place + name] = made;
  }}
  const map = document.createElement('script');
  map.type = 'importmap';
  map.textContent = JSON.stringify({{ imports }});
  document.head.append(map);
  import('chunks/{entry}').catch(() => import(place + '{entry}'));
}})();
"""


@cache
def chunks(frontend: Path = FRONTEND) -> Chunks:
    """What Gradio's page loads until it stands, of the installed version.

    Raises:
        UnknownChunksError: its files are written otherwise than those of the pinned version.
    """
    template = (frontend / "index.html").read_text("utf-8")
    found = _PAGE.search(template)
    if found is None:
        raise UnknownChunksError("Expected one script and one style sheet in Gradio's index.html.")
    gathered = _Gathered(frontend / "assets")
    gathered.style(found["style"])
    gathered.script(found["script"])
    app, core = (gathered.later(found["script"], name) for name in ("Index", "core"))
    for chunk in (app, core):
        gathered.script(chunk)
    gathered.script(gathered.later(app, "Blocks"))
    for kind in KINDS:
        gathered.script(gathered.component(core, kind))
    return Chunks(template, found["script"], gathered.scripts, gathered.styles)


class _Gathered:
    """Chunks as they are come upon, each after those that it imports."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.scripts: dict[str, str] = {}
        self.styles: dict[str, str] = {}

    def script(self, name: str) -> None:
        """Take a chunk and all that it imports by itself."""
        if name in self.scripts:
            return
        text = (self._folder / name).read_text("utf-8")
        self.scripts[name] = text
        for found in _STATIC.finditer(text):
            self.script(found["name"])

    def style(self, name: str) -> None:
        self.styles.setdefault(name, (self._folder / name).read_text("utf-8"))

    def later(self, name: str, start: str) -> str:
        """The chunk that one imports when it is needed, by how its name begins; with the styles that it needs."""
        text = self.scripts[name]
        found = next((found for found in _DYNAMIC.finditer(text) if found["name"].startswith(f"{start}-")), None)
        if found is None:
            raise UnknownChunksError(f"Expected {name} to import {start}.")
        return self._with_styles(text, found)

    def component(self, name: str, kind: str) -> str:
        """The chunk of a kind of component; with the styles that it needs."""
        text = self.scripts[name]
        start = re.search(rf"[,{{]{kind}:\{{(?:\w+:[^{{}}]*,)*?component:", text)
        found = _DYNAMIC.search(text, start.end()) if start else None
        if found is None:
            raise UnknownChunksError(f"Expected {name} to import the component {kind}.")
        return self._with_styles(text, found)

    def _with_styles(self, text: str, found: re.Match[str]) -> str:
        listed = _LISTED.search(text)
        names = json.loads(listed["names"]) if listed else []
        for place in found["listed"].split(","):
            if place and names[int(place)].endswith(".css"):
                self.style(names[int(place)].removeprefix("./"))
        return found["name"]


def _changed(text: str, first: str, style: str) -> str:
    """A chunk's text as a module that has no address beside the others, and for which `first` is at `style`."""
    text = text.replace(first, style)
    text = _STATIC.sub(r'\g<form>"chunks/\g<name>"', text)
    text = re.sub(r"import\(`\./([\w.-]+)`\)", r"import(`chunks/\1`)", text)
    text = text.replace("import.meta.url", "pageChunks.place")
    text = text.replace("i.map(i=>d[i])", "i.map(i=>d[i]).filter(i=>!pageChunks.names.has(i))")
    return _CLOCK.sub(lambda found: _stopping(text, found), text)


def _stopping(text: str, clock: re.Match[str]) -> str:
    """The clock of a sign that ends with it."""
    sign = re.search(_SIGN % clock["on"], text)
    if sign is None:
        raise UnknownChunksError("Expected the clock of Gradio's sign to know its place on the page.")
    start, _ = clock.span("again")
    return f"{clock.string[clock.start() : start]}{sign['sign']}&&{clock['again']}"
