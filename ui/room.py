"""Room on the disk: how much of it one visitor, one address and all together may take.

What is laid out for a visitor makes room for itself: the visitor's own oldest files go. Uploads are refused instead.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import RLock

from data_cache.errors import InputError
from ui.limits import Limit, accounts_of
from ui.visitors import Client

DEFAULT = 2 << 30  # bytes


class NoRoomError(InputError):
    """There is no room now; there will be, since all files go after some minutes."""


@dataclass(frozen=True)
class _File:
    client: Client
    size: int
    lasting: bool


class Room:
    """Files below one folder, and whose they are."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._files: dict[Path, _File] = {}  # in the order in which they came
        self._used: Counter[str] = Counter()
        self.allow(DEFAULT)

    def allow(self, everybody: int) -> None:
        """Set how many bytes there are: half of them for one address, a quarter for one visitor and as much spare."""
        self._limit = Limit(everybody // 4, everybody // 2, everybody, spare=everybody // 4)

    def claim(self, path: Path, client: Client, size: int, lasting: bool = False) -> None:
        """Let a file take so many bytes, before they are written.

        Args:
            path: the file; what it had claimed before is given back.
            client: whose it is.
            size: bytes.
            lasting: whether it must not be deleted to make room for another file of the same visitor.

        Raises:
            NoRoomError: there is none.
        """
        with self._lock:
            self._release(path)
            if not self._fits(client, size):
                self._look()
            if not self._fits(client, size):
                self._delete(self._own(client, lasting=False), client, size)
            if not self._fits(client, size):
                raise NoRoomError(
                    "Expected room on the server for this file, but it keeps as many as it may for you or for all: try "
                    "again in some minutes."
                )
            self._files[path] = _File(client, size, lasting)
            self._used.update(dict.fromkeys(accounts_of(client), size))

    def release(self, path: Path) -> None:
        """A file is gone."""
        with self._lock:
            self._release(path)

    def clear(self, visitor: str) -> None:
        """Delete all files of a visitor."""
        with self._lock:
            for path in [path for path, file in self._files.items() if file.client.visitor == visitor]:
                self._remove(path)

    def _release(self, path: Path) -> None:
        file = self._files.pop(path, None)
        if file is not None:
            self._used.subtract(dict.fromkeys(accounts_of(file.client), file.size))
            for account in accounts_of(file.client):
                if not self._used[account]:
                    del self._used[account]

    def _fits(self, client: Client, size: int) -> bool:
        return self._limit.admits(client, self._used, size)

    def _look(self) -> None:
        """Take note of files that others have deleted: the sweeping in time, or who read an upload."""
        for path in [path for path in self._files if not path.exists()]:
            self._release(path)

    def _own(self, client: Client, lasting: bool) -> list[Path]:
        return [
            path for path, one in self._files.items() if one.client.visitor == client.visitor and one.lasting == lasting
        ]

    def _delete(self, files: Iterable[Path], client: Client, size: int) -> None:
        for path in files:
            if self._fits(client, size):
                return
            self._remove(path)

    def _remove(self, path: Path) -> None:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            path.parent.rmdir()  # of this file alone
            path.parents[1].rmdir()  # of its visitor or its upload, if that was the last one
        self._release(path)


@cache
def room_of(folder: Path) -> Room:
    """The room below a folder, the same for all who write there."""
    return Room()
