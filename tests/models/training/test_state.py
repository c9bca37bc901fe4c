"""Training states on disk: whole or not at all."""

import errno
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from data_cache.errors import InputError
from models.training.state import State, find_states, read_state, write_state


def state(step: int) -> State:
    return State(
        step, {"model.a": torch.arange(3.0) + step, "optimizer.0.step": torch.tensor(7)}, {"history": [1, None]}
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    back = read_state(write_state(tmp_path / "new", state(5), keep=2))
    assert (back.step, back.notes) == (5, {"history": [1, None]})
    assert back.tensors.keys() == state(5).tensors.keys()
    torch.testing.assert_close(back.tensors["model.a"], torch.tensor([5.0, 6, 7]), rtol=0, atol=0)
    assert back.tensors["optimizer.0.step"].dtype == torch.int64


def test_only_the_newest_are_kept_in_order_of_steps(tmp_path: Path) -> None:
    for step in (2, 30, 100, 9):
        write_state(tmp_path, state(step), keep=3)
    assert [read_state(path).step for path in find_states(tmp_path)] == [9, 30, 100]


def test_a_full_disk_leaves_the_last_good_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_state(tmp_path, state(1), keep=1)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError) as error:
        write_state(tmp_path, state(2), keep=1)
    assert str(error.value) == (
        "Expected room to write state-00000002.safetensors, found No space left on device; the last good one is "
        "state-00000001.safetensors: free some space and run again with --resume."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["state-00000001.safetensors"]
    assert read_state(find_states(tmp_path)[0]).step == 1


def test_a_damaged_state_is_named(tmp_path: Path) -> None:
    path = write_state(tmp_path, state(1), keep=2)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InputError, match=r"whole training state in state-00000001\.safetensors"):
        read_state(path)


def test_unfinished_files_are_no_states(tmp_path: Path) -> None:
    (tmp_path / ".state-00000003.safetensors.x.partial").write_bytes(b"")
    assert find_states(tmp_path) == []


@pytest.mark.parametrize("notes", ["[" * 100_000, "[]", "3", "{", '{"history": ' + "9" * 5_000 + "}", "\ud800"])
def test_notes_that_are_none_are_one_sentence(tmp_path: Path, notes: str) -> None:
    path = tmp_path / "state-00000001.safetensors"
    path.write_bytes(save(state(1).tensors, {"step": "1", "notes": notes.encode(errors="replace").decode()}))
    with pytest.raises(InputError) as error:
        read_state(path)
    assert "\n" not in str(error.value) and path.name in str(error.value) and len(str(error.value)) < 300


def test_numbers_that_json_does_not_have_come_back(tmp_path: Path) -> None:
    notes = {"history": [{"mean_auroc": float("-inf")}]}
    assert read_state(write_state(tmp_path, State(4, {"a": torch.zeros(1)}, notes), keep=1)).notes == notes


def test_the_same_state_is_the_same_file(tmp_path: Path) -> None:
    contents = {write_state(tmp_path / str(i), state(1), keep=1).read_bytes() for i in range(12)}
    assert len(contents) == 1
