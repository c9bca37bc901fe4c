"""The store: whole files or none, damaged ones said to be so, names that depend on the parts alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from data_cache import store
from data_cache.errors import InputError
from data_cache.store import DamagedFile, entry_name, read_tensors, write_bytes, write_tensors

VALUES = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def test_round_trip_with_metadata_and_any_memory_order(tmp_path):
    path = tmp_path / "new" / "folder" / "entry.safetensors"
    tensors = {
        "maps": VALUES.transpose(2, 0, 1),
        "counts": np.array([1, -2], dtype=np.int64),
        "broadcast": np.broadcast_to(VALUES[0], (5, 3, 4)),
        "copied": np.array(np.broadcast_to(VALUES[0], (5, 3, 4))),  # numpy keeps the order of a broadcast array
        "stacked": np.stack([np.array(np.broadcast_to(VALUES[0], (5, 3, 4)))] * 2),
        "columns": np.asfortranarray(VALUES),
        "backwards": VALUES[::-1, :, ::2],
        "one": np.array(3.5),
        "nan": np.array([np.nan]),
    }
    metadata = {"findings": '["Łung"]', "empty": ""}
    write_tensors(path, tensors, metadata)
    found, words = read_tensors(path)
    assert words == metadata
    assert set(found) == set(tensors)
    for name, array in tensors.items():
        np.testing.assert_array_equal(found[name], array)
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)


def test_the_format_is_safetensors(tmp_path):
    write_tensors(tmp_path / "a", {"maps": VALUES.T}, {"method": "raw"})
    with safe_open(tmp_path / "a", framework="numpy") as opened:
        assert opened.metadata() == {"method": "raw"}
        np.testing.assert_array_equal(opened.get_tensor("maps"), VALUES.T)


def test_every_cut_and_foreign_content_is_damage(tmp_path):
    path = tmp_path / "entry"
    write_tensors(path, {"maps": VALUES}, {"method": "raw"})
    whole = path.read_bytes()
    for broken in (*(whole[:length] for length in range(0, len(whole), 7)), b"\x80\x04N.", whole + b"x", b"\xff" * 99):
        path.write_bytes(broken)
        with pytest.raises(DamagedFile, match="entry"):
            read_tensors(path)
    assert issubclass(DamagedFile, InputError)


def test_a_missing_file_is_no_damage(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_tensors(tmp_path / "none")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "entry"
    write_bytes(path, b"old")

    def refuse(_source, _target):
        raise OSError("no")

    monkeypatch.setattr(store.os, "replace", refuse)
    with pytest.raises(OSError, match="no"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["entry"]


def test_long_names_and_overwriting(tmp_path):
    path = tmp_path / ("n" * 200)
    write_bytes(path, b"1")
    write_bytes(path, b"2")
    assert path.read_bytes() == b"2"


values = st.one_of(st.text(max_size=5), st.integers(), st.floats(allow_nan=False))
parts = st.dictionaries(st.text("abc", min_size=1, max_size=2), values, min_size=1, max_size=3)


@given(parts, parts)
def test_names_tell_parts_apart_whatever_their_order(one, other):
    assert entry_name(**one) == entry_name(**dict(reversed(one.items())))
    assert (entry_name(**one) == entry_name(**other)) == (one == other)
    assert len(entry_name(**one)) == 32


def test_a_folder_that_cannot_be_written_to_is_said_in_one_sentence(tmp_path):
    store.writable_folder(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="nothing can be written there"):
            store.writable_folder(path)
