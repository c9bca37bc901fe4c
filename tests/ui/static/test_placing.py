"""A site takes its place whole or not at all, and the place of nothing but a site."""

from pathlib import Path

import pytest

from data_cache.errors import InputError
from ui.static.placing import GENERATOR, beside


def put(place: Path, words: str) -> None:
    with beside(place) as folder:
        (folder / "index.html").write_text(f'<meta name="generator" content="{GENERATOR}">{words}')


def test_another_folder_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(InputError, match="Expected a new or empty folder or an earlier site"):
        put(tmp_path, "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("index.html", "mine")]


def test_a_site_goes_once_the_new_one_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "site"
    put(place, "first")
    (place / "old.json").write_text("{}")
    with pytest.raises(OSError, match="no room"), beside(place) as folder:
        (folder / "half.json").write_text("{")
        raise OSError("no room")
    assert sorted(path.name for path in place.iterdir()) == ["index.html", "old.json"]
    put(place, "second")
    assert [path.read_text()[-6:] for path in place.iterdir()] == ["second"]
    assert [path.name for path in place.parent.iterdir()] == ["site"]
