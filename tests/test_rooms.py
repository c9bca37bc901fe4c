"""Imports only go down: `app.py` → `ui` → `evaluation` → `explainers` → `models` → `data_cache`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
ROOMS = ("data_cache", "models", "explainers", "evaluation", "ui")  # from the ground up

# Whether a radiograph can be read at all is the evaluation's, and the command that writes maps and DICOM results says
# it beside them: the entry point `python -m explainers` goes up, no module does.
EXCEPTIONS = {
    ("explainers/__main__.py", "evaluation.dicom_results.command"),
    ("explainers/__main__.py", "evaluation.assessment.runs"),
}


def imported(text: str) -> Iterator[str]:
    """Names of the modules that Python code imports, wherever in it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def upward(room: str) -> Iterator[tuple[str, str]]:
    """Files of a room with what they import from the rooms above, the page's front door and the tests."""
    above = {*ROOMS[ROOMS.index(room) + 1 :], "app", "tests"}
    for path in sorted((HOUSE / room).rglob("*.py")):
        for module in imported(path.read_text()):
            if module.split(".")[0] in above:
                yield path.relative_to(HOUSE).as_posix(), module


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_those_below(room: str) -> None:
    assert set(upward(room)) == {pair for pair in EXCEPTIONS if pair[0].startswith(f"{room}/")}


def test_the_front_door_imports_the_page_alone() -> None:
    ours = {module.split(".")[0] for module in imported((HOUSE / "app.py").read_text())} & set(ROOMS)

    assert ours == {"ui"}


def test_imports_inside_functions_and_under_other_names_are_seen() -> None:
    text = "import a.b as c\ndef f():\n    from d.e import g\n"

    assert list(imported(text)) == ["a.b", "d.e"]
