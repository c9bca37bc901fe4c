"""Locks that the system lets go of whatever way their process ends, on Linux, macOS and Windows."""

from pathlib import Path

from filelock import FileLock, Timeout


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
