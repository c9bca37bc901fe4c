"""Reading a file: regular, of bounded size, and one sentence for all else."""

import os
from pathlib import Path

import pytest

from data_cache.bounded_files import read_file
from data_cache.errors import InputError


def test_a_file_is_read_through_links(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert read_file(tmp_path / "b", "masks", 3) == b"123"
    with pytest.raises(InputError, match="at most 2 bytes in b, found 3"):
        read_file(tmp_path / "b", "masks", 2)


def test_what_is_no_file_is_one_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opened, it would wait for ever
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    for name, words in (
        ("pipe", "no regular file"),
        ("loop", "cannot be read"),
        ("gone", "no such file"),
        ("none", "no such file"),
        (".", "a folder"),
        ("zero\0byte", "cannot be read"),
        ("long" * 100, "cannot be read"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            read_file(tmp_path / name, "masks", 9)
        assert "\n" not in str(caught.value)
