"""Reading a file: regular, of bounded size, and one sentence for all else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from data_cache.archives import unpack_into, unpacked
from data_cache.bounded_files import read_file, refuse_special
from data_cache.chexlocalize.labels import read_label_table
from data_cache.errors import InputError
from data_cache.images import image_size, read_radiograph
from data_cache.store import read_tensors
from explainers.options import image_cases
from explainers.outputs import image_sha256
from models.converting import convert
from models.training.config import load_config
from models.training.labels import read_labels
from models.weight_files import read_weights


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


def test_only_what_would_be_waited_for_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to a pipe").symlink_to(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").touch()
    for name in ("pipe", "to a pipe"):
        with pytest.raises(InputError, match=f"Expected masks in {name}, found no regular file"):
            refuse_special(tmp_path / name, "masks")
    for name in ("file", ".", "none", "loop", "zero\0byte"):
        refuse_special(tmp_path / name, "masks")


@pytest.mark.parametrize(
    "read",
    [read_radiograph, image_size, read_label_table, read_labels, load_config, read_tensors, read_weights,
     lambda path: unpack_into(path, path.name, path.parent / "inside"), unpacked, convert,
     lambda path: image_sha256(image_cases([path])[0])],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["pipe", "loop"])
def test_no_reader_waits_for_a_pipe_or_runs_in_a_circle(
    tmp_path: Path, read: Callable[[Path], object], kind: str
) -> None:
    path = tmp_path / "x.safetensors"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path)
    with pytest.raises(InputError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
