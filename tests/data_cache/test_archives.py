"""Archives of maps: unpacked once, refused when they are not what they seem."""

import zipfile
from pathlib import Path

import pytest

from data_cache.archives import unpacked
from data_cache.errors import InputError


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    path = archive(tmp_path / "maps.zip", **{"case/raw.safetensors": b"123", "case/prediction.json": b"{}"})
    folder = unpacked(path)
    assert (folder / "case" / "raw.safetensors").read_bytes() == b"123"
    assert unpacked(path) == folder


def test_another_archive_of_the_same_name_is_another_folder(tmp_path: Path) -> None:
    first = unpacked(archive(tmp_path / "maps.zip", a=b"1"))
    (tmp_path / "other").mkdir()
    assert unpacked(archive(tmp_path / "other" / "maps.zip", a=b"2")) != first


@pytest.mark.parametrize("name", ["../evil", "/evil", "case/../../evil", "..\\evil", "C:/evil"])
def test_paths_that_climb_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="leads out of it"):
        unpacked(archive(tmp_path / "maps.zip", **{name: b"1"}))
    assert not (tmp_path.parent / "evil").exists()


def test_what_is_no_archive_or_is_damaged_is_said(tmp_path: Path) -> None:
    text = tmp_path / "maps.zip"
    text.write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"Expected a ZIP archive, found maps\.zip"):
        unpacked(text)
    broken = archive(tmp_path / "broken.zip", a=b"12345678" * 100)
    content = bytearray(broken.read_bytes())
    content[35] ^= 0xFF
    broken.write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"Expected a ZIP archive, found broken\.zip"):
        unpacked(broken)
