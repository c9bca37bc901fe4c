"""Keeping memory bounded: images are read within a budget, and what many threads have freed goes back to the system."""

import ctypes
import sys
from contextlib import suppress
from threading import Condition
from typing import Any

from data_cache.errors import InputError
from ui.turns import Turns
from ui.visitors import Client, current_client

_ARENAS, _MOST_ARENAS = -8, 2  # mallopt(M_ARENA_MAX, …): by default eight arenas a core, each keeping what it once had
_WORTH_RETURNING = 64 << 20  # bytes read
_MOST_PASSES = 8  # how often an image that does not fit yet lets others go first


def keep_few_arenas() -> None:
    """Let all threads share a few heaps; to be called before there are many threads. Only GNU's C library has them."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_ARENAS, _MOST_ARENAS)


def give_back() -> None:
    """Return freed memory to the system, where the C library can."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


class Budget:
    """Memory for reading images, shared by everybody: who needs more than is left waits in line.

    Addresses, and the visitors at each, take turns. What is next but does not fit yet lets those behind it go that do,
    a few times.

    Args:
        most: bytes that may be held at once.

    Attributes:
        most: the same.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._left = most
        self._waiting: list[Share] = []
        self._inside: set[Share] = set()
        self._turns: Turns[Share] = Turns(lambda share: share.client)
        self._moved = Condition()

    def share(self, size: int, name: str, client: Client | None = None) -> "Share":
        """Stand in line for so many bytes; they are given back by leaving the share's `with` block.

        Args:
            size: bytes.
            name: of the file that is to be read, for the sentence.
            client: whose it is; by default who asks in this thread's request.

        Raises:
            InputError: there will never be so many.
        """
        if size > self.most:
            raise InputError(
                f"{name}: expected an image that can be read within {self.most >> 20} MiB of memory, found one that "
                f"takes about {size >> 20} MiB; export it smaller, or as 8-bit grey."
            )
        with self._moved:
            share = Share(self, size, client or current_client())
            if size:  # who needs nothing keeps nobody waiting
                self._waiting.append(share)
            return share

    def _before(self, share: "Share") -> int:
        with self._moved:
            return self._turns.order(self._waiting).index(share) if share in self._waiting else 0

    def _enter(self, share: "Share", timeout: float) -> bool:
        with self._moved:
            if share in self._inside or not share.size:
                return True
            if not self._moved.wait_for(lambda: self._is_next(share), timeout):
                return False
            for other in self._ahead(share):
                other.passed += 1
            self._turns.took(share, self._waiting)
            self._waiting.remove(share)
            self._inside.add(share)
            self._left -= share.size
            self._moved.notify_all()
            return True

    def _ahead(self, share: "Share") -> "list[Share]":
        order = self._turns.order(self._waiting)
        return order[: order.index(share)]

    def _is_next(self, share: "Share") -> bool:
        """Whether it fits, and all before it do not and have not let enough others go first."""
        return share.size <= self._left and all(
            other.size > self._left and other.passed < _MOST_PASSES for other in self._ahead(share)
        )

    def _leave(self, share: "Share") -> bool:
        """Whether it had been in."""
        with self._moved:
            held = share in self._inside
            if held:
                self._inside.remove(share)
                self._left += share.size
            elif share in self._waiting:
                self._waiting.remove(share)
            self._moved.notify_all()
            return held


class Share:
    """Somebody's part of the memory for reading images, or place in the line for it; used in a `with` block."""

    def __init__(self, budget: Budget, size: int, client: Client) -> None:
        self._budget = budget
        self.size, self.client = size, client
        self.passed = 0  # by so many that stood behind it

    def __enter__(self) -> "Share":
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Give the memory, or the place in line, back before the block ends."""
        if self._budget._leave(self) and self.size > _WORTH_RETURNING:
            give_back()

    def enter(self, timeout: float) -> bool:
        """Wait at most so many seconds for the memory; True once it is there, and held."""
        return self._budget._enter(self, timeout)

    def wait(self) -> None:
        """Wait until the memory is there."""
        while not self.enter(1.0):
            pass

    def content(self) -> dict[str, Any]:
        """Return what the page shows to somebody who waits: {before, seconds (None), words}."""
        before = self._budget._before(self)
        words = {0: "another image is", 1: "2 other images are"}.get(before, f"{before + 1} other images are")
        return {"before": before, "seconds": None, "words": f"Waiting for memory: {words} being read first."}
