"""Gradio's chunks in one script: all that they import is there, and what is not known is refused by name."""

import json
import re
from pathlib import Path

import pytest

from ui.chunks import FRONTEND, KINDS, UnknownChunksError, chunks

SCRIPT = chunks().script("page/style.css")
TEXTS: dict[str, str] = json.loads(SCRIPT.split("const texts = ", 1)[1].split(";\n", 1)[0])


def test_all_that_a_chunk_imports_by_itself_is_there() -> None:
    assert chunks().entry in TEXTS
    for text in TEXTS.values():
        assert set(re.findall(r'(?:from|import)"chunks/([^"]+)"', text)) <= set(TEXTS)
        assert not re.search(r'(?:from|import\()["`]\./|import\.meta', text)


def test_what_a_chunk_may_fetch_later_is_a_file_of_gradios() -> None:
    later = {name for text in TEXTS.values() for name in re.findall(r"import\(`chunks/([^`]+)`\)", text)}
    assert len(later) > 100 and all((FRONTEND / "assets" / name).is_file() for name in later)


def test_the_clock_of_the_sign_ends_with_the_sign() -> None:
    """In Gradio's own text it goes on while it is not told to stop, which nobody does once the sign is gone."""
    (before,) = [text for name, text in chunks().scripts.items() if name.startswith("statustracker-")]
    (after,) = [text for name, text in TEXTS.items() if name.startswith("statustracker-")]
    assert re.search(r"/1e3\),W&&ze\(\)", before) and re.search(r"/1e3\),W&&U&&ze\(\)", after)
    assert re.search(r"\w+\(\$,e=>U=e,\(\)=>U\)", before)  # U is the sign's element, and null without one


def test_styles_are_those_of_the_page_and_its_components() -> None:
    assert len(chunks().styles) > len(KINDS) and "page/style.css" in TEXTS[chunks().entry]
    assert next(iter(chunks().styles)) in chunks().template


@pytest.mark.parametrize(
    ("page", "entry", "words"),
    [
        ("<html></html>", "", "one script and one style sheet"),
        (chunks().template, "nothing();", "to import Index"),
    ],
)
def test_files_of_another_form_are_refused(tmp_path: Path, page: str, entry: str, words: str) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "assets" / chunks().entry).write_text(entry)
    (tmp_path / "assets" / next(iter(chunks().styles))).write_text("")
    with pytest.raises(UnknownChunksError, match=words):
        chunks(tmp_path)
