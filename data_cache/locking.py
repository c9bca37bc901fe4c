"""Locks that the system lets go of whatever way their process ends, on Linux, macOS and Windows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from data_cache.errors import InputError

_LOCK = ".lock"


class LockedError(Exception):
    """Another process holds the lock."""


class Lock:
    """A lock that is held from now on, by way of a file that is made for it.

    Where the file system has no locks, as on some clusters, nothing is held and nothing found out.

    Args:
        path: the file.

    Raises:
        LockedError: another process holds it.
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        # A soft lock is a file alone: one that a killed process left would never be let go of.
        self._lock = FileLock(path, blocking=False, thread_local=False, fallback_to_soft=False)
        try:
            self._lock.acquire()
        except Timeout:
            raise LockedError(str(path)) from None
        except NotImplementedError:
            return

    @property
    def held(self) -> bool:
        """Whether there is such a thing as holding it here."""
        return self._lock.is_locked

    def release(self) -> None:
        """Let others have it."""
        self._lock.release()


@contextmanager
def alone_in(folder: Path, expected: str) -> Iterator[None]:
    """Hold a folder's lock, so that no other process works in it.

    Args:
        folder: made where it is missing.
        expected: the beginning of the sentence for whoever comes second.

    Raises:
        InputError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = Lock(folder / _LOCK)
    except LockedError:
        raise InputError(
            f"{expected}, found another one that is writing there; wait for it, or choose another folder."
        ) from None
    try:
        yield
    finally:
        lock.release()
