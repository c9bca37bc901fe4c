"""Locks between processes: held while their process lives, gone with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from data_cache.errors import InputError
from data_cache.locking import Lock, LockedError, alone_in

HOLD = "import pathlib, sys; from data_cache.locking import Lock; lock = Lock(pathlib.Path(sys.argv[1])); print('held'"


def test_one_process_holds_it_until_it_lets_go_or_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", f"{HOLD}, flush=True); sys.stdin.read()", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(LockedError):
            Lock(path)
        other.kill()
        other.wait()
        lock = Lock(path)
    assert lock.held
    with pytest.raises(LockedError):
        Lock(path)
    lock.release()
    Lock(path).release()


def test_a_file_system_without_locks_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr("filelock.FileLock._acquire", refuse)
    lock = Lock(tmp_path / "lock")
    assert not lock.held
    lock.release()
    assert not Lock(tmp_path / "lock").held


def test_a_lock_ends_with_the_work_and_after_an_error(tmp_path: Path) -> None:
    with alone_in(tmp_path / "a" / "b", "Expected b"):
        second = alone_in(tmp_path / "a" / "b", "Expected b")
        with (
            pytest.raises(InputError, match="Expected b, found another one that is writing there; wait"),
            second,
        ):
            pass
        with alone_in(tmp_path / "a", "Expected a"):
            pass
    with pytest.raises(KeyError), alone_in(tmp_path / "a" / "b", "Expected b"):
        raise KeyError
    with alone_in(tmp_path / "a" / "b", "Expected b"):
        pass
