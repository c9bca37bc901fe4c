"""Everybody who wants the models waits in one line, and is told how many are before them and about how long.

Who asks for much does not keep the others waiting: the first requests of all go before anybody's second.
"""

import math
from collections import deque
from threading import Condition
from time import monotonic
from types import TracebackType
from typing import Any
from weakref import WeakSet

_REMEMBERED = 16  # visits of the models that the estimate rests on
_lines: "WeakSet[ModelQueue]" = WeakSet()


def waiting() -> int:
    """How many requests wait for the models, in all lines."""
    return sum(line.waiting for line in list(_lines))


def explained() -> int:
    """How many requests the models have worked on since the app was started."""
    return sum(line.let_out for line in list(_lines))


class ModelQueue:
    """Lets a few in at once: each owner's tickets in the order in which they came, and the owners in turn.

    Args:
        places: how many may be inside at once.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._waiting: list[Ticket] = []
        self._inside: set[Ticket] = set()
        self._durations: deque[float] = deque(maxlen=_REMEMBERED)
        self._moved = Condition()
        self._let_out = 0
        self._round = 0
        self._last: dict[str, int] = {}
        _lines.add(self)

    @property
    def waiting(self) -> int:
        """How many stand in the line."""
        return len(self._waiting)

    @property
    def let_out(self) -> int:
        """How many have been at the models and gone."""
        return self._let_out

    def join(self, owner: str | None = None) -> "Ticket":
        """Stand in line; the ticket is given back by leaving its `with` block, whatever happens.

        Args:
            owner: who else's tickets are the same person's; None: nobody's.
        """
        with self._moved:
            ticket = Ticket(self, self._round_of(owner))
            self._waiting.append(ticket)
            return ticket

    def before(self, ticket: "Ticket") -> int:
        """Return how many stand before a ticket that waits."""
        with self._moved:
            return self._order().index(ticket) if ticket in self._waiting else 0

    def seconds(self, before: int) -> float | None:
        """Estimate how long somebody waits who has so many before them; None before anything has been measured."""
        with self._moved:
            if not self._durations:
                return None
            mean = sum(self._durations) / len(self._durations)
            return mean * (before + 1) / self._places

    def _order(self) -> "list[Ticket]":
        """Those who wait, the earliest round first and within it as they came."""
        return sorted(self._waiting, key=lambda ticket: ticket.round)

    def _round_of(self, owner: str | None) -> int:
        """The round in which a new ticket is: the one under way, or the one after its owner's last."""
        self._last = {one: last for one, last in self._last.items() if last >= self._round}
        if owner is None:
            return self._round
        self._last[owner] = max(self._round, self._last.get(owner, -1) + 1)
        return self._last[owner]

    def _enter(self, ticket: "Ticket", timeout: float) -> bool:
        def free() -> bool:
            return ticket in self._order()[: self._places - len(self._inside)]

        with self._moved:
            if ticket in self._inside:
                return True
            if not self._moved.wait_for(free, timeout):
                return False
            self._waiting.remove(ticket)
            self._inside.add(ticket)
            self._round = max(self._round, ticket.round)
            return True

    def _leave(self, ticket: "Ticket", entered: float | None) -> None:
        with self._moved:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            self._inside.discard(ticket)
            if entered is not None:
                self._let_out += 1
                self._durations.append(monotonic() - entered)
            self._moved.notify_all()


class Ticket:
    """Somebody's place in the line; used in a `with` block."""

    def __init__(self, line: ModelQueue, turn: int) -> None:
        self._line = line
        self.round = turn
        self._entered: float | None = None

    def __enter__(self) -> "Ticket":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line._leave(self, self._entered)

    def enter(self, timeout: float) -> bool:
        """Wait at most so many seconds for a place; True once there is one, which is then held."""
        if not self._line._enter(self, timeout):
            return False
        self._entered = self._entered or monotonic()
        return True

    def content(self) -> dict[str, Any]:
        """Return what the page shows to somebody who waits: {before, seconds (or None), words}."""
        before = self._line.before(self)
        seconds = self._line.seconds(before)
        words = {0: "you are next in line", 1: "1 request before yours"}.get(before, f"{before} requests before yours")
        about = None if seconds is None else max(1, math.ceil(seconds))
        return {
            "before": before,
            "seconds": about,
            "words": f"Waiting for the models: {words}{'' if about is None else f', about {about} s'}.",
        }
