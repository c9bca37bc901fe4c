"""Archives of maps: unpacked once, refused when they are not what they seem."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from data_cache.archives import read_members, unpacked
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


def packed(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return file.getvalue()


def refusals(data: bytes, tmp_path: Path) -> list[str]:
    """What both ways of reading say."""
    path = tmp_path / "maps.zip"
    path.write_bytes(data)
    said = []
    for read in (
        lambda: unpacked(path),
        lambda: read_members(data, "maps.zip", wanted=list(read_members(data, "maps.zip"))),
    ):
        with pytest.raises(InputError) as caught:
            read()
        said.append(str(caught.value))
    assert all("\n" not in one and str(tmp_path) not in one and "/tmp" not in one for one in said)
    return said


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_cannot_be_unpacked_in_bounded_steps_is_refused(tmp_path: Path, kind: int) -> None:
    """291 bytes of bzip2 are 190 MB, and the header may say that they are 1,000."""
    assert all("stored or deflated" in said for said in refusals(packed({"a": bytes(10_000_000)}, kind), tmp_path))


def test_a_name_that_is_no_text_and_a_place_before_the_file(tmp_path: Path) -> None:
    whole = packed({"Edém.npy": b"123"})
    refusals(whole.replace("é".encode(), b"\xff\xff"), tmp_path)
    entry = whole.rindex(b"PK\x01\x02")
    refusals(whole[: entry + 42] + struct.pack("<i", -100) + whole[entry + 46 :], tmp_path)


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("x" * 300,), ("x/" + "y" * 300 + "/z",)])
def test_names_that_cannot_stand_on_a_disk(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = tmp_path / "maps.zip"
    path.write_bytes(packed(dict.fromkeys(names, b"1")))
    with pytest.raises(InputError, match=r"Expected a ZIP archive, found maps\.zip that cannot be read"):
        unpacked(path)


def test_a_table_of_contents_without_end_is_not_read(tmp_path: Path) -> None:
    data = packed({f"{n}": b"" for n in range(2_000)})
    with pytest.raises(InputError, match="at most 100 files"):
        read_members(data, "a.zip", 100)
    end = data.rindex(b"PK\x05\x06")
    endless = data[: end + 12] + struct.pack("<I", 500_000_000) + data[end + 16 :]
    assert all("far more" in said for said in refusals(endless, tmp_path))


def test_what_systems_leave_behind_is_not_unpacked(tmp_path: Path) -> None:
    junk = {"__MACOSX/case/._a.npy": b"x", "case/._a.npy": b"x", "case/.DS_Store": b"x", "Thumbs.db": b"x"}
    data = packed({"case/a.npy": b"1", "b\\c.npy": b"2", **junk})
    path = tmp_path / "maps.zip"
    path.write_bytes(data)
    folder = unpacked(path)
    found = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}
    assert found == {"case/a.npy", "b/c.npy"}
    assert set(read_members(data, "maps.zip")) == {"case/a.npy", "b\\c.npy"}
