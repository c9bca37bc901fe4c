"""The page's JavaScript in one file, made when the app starts: a browser fetches one module instead of sixty.

Nothing is built or kept: the modules stay as they are written, but for the comments of documentation, each as the body
of a function that is run when another one first needs it. Only the forms of `import` and `export` that stand in the
modules are known; any other is an error at the start, and so are modules that import one another in a circle, whose
order of running could not be kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

_IMPORT = re.compile(r'^import\s+(?:(?P<what>[^;"]+?)\s+from\s+)?"(?P<place>\.{1,2}/[^"]+)";$', re.MULTILINE)
_FROM = re.compile(r'^export\s+(?P<what>\*|\* as \w+|\{[^}]*\})\s+from\s+"(?P<place>\.{1,2}/[^"]+)";$', re.MULTILINE)
_LIST = re.compile(r"^export\s+\{(?P<names>[^}]*)\};$", re.MULTILINE)
_DECLARED = re.compile(r"^export\s+(?=(?:async\s+)?(?:function\*?|class|const|let)\s+(?P<name>\w+))", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
# Types and words, a third of the text; what stands on a line with code (a cast) stays.
_DOC = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)

_HEAD = "// Made from the modules in ui/ when the app started.\nconst parts = {\n"
_TAIL = """};
const loaded = {};
export function load(name) {
  if (!(name in loaded)) parts[name]((loaded[name] = {}), load);
  return loaded[name];
}
"""


class BundleError(ValueError):
    """A module is written in a form that cannot be bundled."""


def bundle(folder: Path, entries: Sequence[str]) -> str:
    """Put modules and all that they import into one module, which exports `load(name)`: a module's exports.

    Args:
        folder: where the modules are.
        entries: paths below it with slashes, as `load` takes them; what they import is found by itself.

    Raises:
        BundleError: a module is missing, imports in a circle, or is written in a form that is not known.
    """
    return _HEAD + "".join(_part(name, text) for name, text in _ordered(folder, entries).items()) + _TAIL


def _ordered(folder: Path, entries: Sequence[str]) -> Mapping[str, str]:
    """The modules' texts by their names, each after those that it imports."""
    found: dict[str, str] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        """Take a module after those that it imports; `above` are the ones that led to it."""
        if name in above:
            raise BundleError(f"Modules import one another in a circle: {' → '.join((*above, name))}.")
        if name in found:
            return
        text = _read(folder, name)
        for place in _places(text):
            visit(_resolved(name, place), (*above, name))
        found[name] = text

    for entry in entries:
        visit(entry, ())
    return found


def _read(folder: Path, name: str) -> str:
    path = folder / name
    if not path.is_file():
        raise BundleError(f"There is no module {name}.")
    return path.read_text("utf-8")


def _places(text: str) -> Iterator[str]:
    for pattern in (_IMPORT, _FROM):
        yield from (found["place"] for found in pattern.finditer(text))


def _resolved(name: str, place: str) -> str:
    """What a module calls `place`, as a path below the folder."""
    parts: list[str] = []
    for part in (PurePosixPath(name).parent / place).parts:
        if part == "..":
            if not parts:
                raise BundleError(f"{name} imports {place}, which lies outside.")
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _part(name: str, text: str) -> str:
    """One module as a function of its exports and of what loads others."""
    exported: dict[str, str] = {}  # how each name is got at
    text = _DOC.sub("", text)
    text = _FROM.sub(lambda found: _passed_on(name, found, exported), text)
    text = _IMPORT.sub(lambda found: _needed(name, found), text)
    for found in _LIST.finditer(text):
        exported |= {outside: inside for inside, outside in _renamed(found["names"])}
    exported |= {found["name"]: found["name"] for found in _DECLARED.finditer(text)}
    text = _DECLARED.sub("", _LIST.sub("", text))
    if left := _LEFT.search(text):
        raise BundleError(f"{name}: this form cannot be bundled: {left[0]}")
    # getters: a function may be called before what stands further below has got its value
    getters = " ".join(f"get {outside}() {{ return {inside}; }}," for outside, inside in exported.items())
    return f'"{name}": (exports, load) => {{\n"use strict";\n{_DEFINE % getters}{text}}},\n'


_DEFINE = "Object.defineProperties(exports, Object.getOwnPropertyDescriptors({ %s }));\n"


def _needed(name: str, found: re.Match[str]) -> str:
    loads = f'load("{_resolved(name, found["place"])}")'
    what = found["what"]
    if what is None:
        return f"{loads};"
    if named := re.fullmatch(r"\* as (\w+)", what):
        return f"const {named[1]} = {loads};"
    if listed := re.fullmatch(r"\{([^}]*)\}", what):
        pairs = ", ".join(f"{outside}: {inside}" for outside, inside in _renamed(listed[1]))
        return f"const {{ {pairs} }} = {loads};"
    raise BundleError(f"{name}: this form cannot be bundled: import {what}")


def _passed_on(name: str, found: re.Match[str], exported: dict[str, str]) -> str:
    loads = f'load("{_resolved(name, found["place"])}")'
    if named := re.fullmatch(r"\* as (\w+)", found["what"]):
        exported[named[1]] = loads
        return ""
    if found["what"] == "*":
        return f"Object.defineProperties(exports, Object.getOwnPropertyDescriptors({loads}));"
    exported |= {outside: f"{loads}.{inside}" for inside, outside in _renamed(found["what"].strip("{}"))}
    return ""


def _renamed(names: str) -> Iterator[tuple[str, str]]:
    """Pairs of names before and after `as`, of a list in braces."""
    for entry in filter(None, (part.strip() for part in names.split(","))):
        before, _, after = entry.partition(" as ")
        yield before, after or before
