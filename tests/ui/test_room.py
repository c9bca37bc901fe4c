"""Room on the disk: who may take how much, and whose files go."""

from pathlib import Path

import pytest

from ui.room import NoRoomError, Room
from ui.visitors import Client

ONE, TWO = Client("one", "192.0.2.1"), Client("two", "192.0.2.1")
FAR, FARTHER = Client("far", "192.0.2.2"), Client("farther", "192.0.2.3")


@pytest.fixture
def room() -> Room:
    room = Room()
    room.allow(400)
    return room


def file(folder: Path, name: str, size: int = 50) -> Path:
    path = folder / name / "file"
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(size))
    return path


def test_one_visitor_has_a_quarter_and_one_address_half(room: Room, tmp_path: Path) -> None:
    room.claim(file(tmp_path, "a"), ONE, 100, lasting=True)
    with pytest.raises(NoRoomError, match="try again in some minutes"):
        room.claim(tmp_path / "b", ONE, 1, lasting=True)
    room.claim(file(tmp_path, "c"), TWO, 100, lasting=True)
    with pytest.raises(NoRoomError):
        room.claim(tmp_path / "d", Client("three", "192.0.2.1"), 1)
    room.claim(file(tmp_path, "e"), FAR, 100, lasting=True)
    with pytest.raises(NoRoomError):
        room.claim(tmp_path / "f", FARTHER, 17, lasting=True)  # a third of half the quarter that is spare
    room.claim(file(tmp_path, "f"), FARTHER, 16, lasting=True)
    room.claim(file(tmp_path, "g"), Client("last", "192.0.2.9"), 12)


def test_what_is_laid_out_makes_room_for_itself_and_touches_nobody_elses(room: Room, tmp_path: Path) -> None:
    own = [file(tmp_path, f"own{number}") for number in range(3)]
    upload, other = file(tmp_path, "upload"), file(tmp_path, "other")
    room.claim(upload, ONE, 40, lasting=True)
    room.claim(other, TWO, 60)
    for path in own:
        room.claim(path, ONE, 25)
    assert [path.exists() for path in (*own, upload, other)] == [False, True, True, True, True]
    room.claim(own[1], ONE, 25)  # was fetched again, and counts as new
    room.claim(file(tmp_path, "next"), ONE, 25)
    assert [path.exists() for path in own] == [False, True, False]


def test_a_growing_file_counts_once_and_gone_ones_not_at_all(room: Room, tmp_path: Path) -> None:
    path = file(tmp_path, "a")
    for size in range(0, 101, 10):
        room.claim(path, ONE, size, lasting=True)
    path.unlink()
    room.claim(file(tmp_path, "b"), ONE, 100, lasting=True)
    room.release(tmp_path / "b" / "file")
    room.claim(file(tmp_path, "c"), ONE, 100, lasting=True)


def test_a_visitors_files_go_with_the_visitor(room: Room, tmp_path: Path) -> None:
    own, other = file(tmp_path / "one", "a"), file(tmp_path / "two", "a")
    room.claim(own, ONE, 50, lasting=True)
    room.claim(other, TWO, 50)
    room.clear("one")
    assert not (tmp_path / "one").exists() and other.exists()
    room.claim(tmp_path / "again", ONE, 100, lasting=True)
