"""A folder for one process at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from data_cache.errors import InputError

_LOCK = ".lock"


@contextmanager
def alone_in(folder: Path, expected: str) -> Iterator[None]:
    """Hold a folder's lock, so that no other process works in it; a process that is killed holds none.

    Where the system or the network drive has no such locks, nothing is held. The file `.lock` stays.

    Args:
        folder: made where it is missing.
        expected: the beginning of the sentence for whoever comes second.

    Raises:
        InputError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(lock, expected)
        yield
    finally:
        os.close(lock)


def _take(lock: int, expected: str) -> None:
    if find_spec("fcntl") is None:
        return
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            f"{expected}, found another one that is writing there; wait for it, or choose another folder."
        ) from None
    except OSError:  # not every network drive has locks
        return
