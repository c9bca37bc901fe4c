"""Who goes next where many wait: addresses take turns, and at each address its visitors do.

A visitor is a cookie, of which one may get many: rounds of visitors alone would give those who invent some a turn each.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from ui.visitors import Client

_One = TypeVar("_One")


class _Rounds:
    """In which round each owner had its last turn, and which round is under way."""

    def __init__(self) -> None:
        self._round = 0
        self._last: dict[str, int] = {}

    def next(self, owner: str) -> int:
        """The round of an owner's next turn."""
        return max(self._round, self._last.get(owner, -1) + 1)

    def took(self, owner: str, under_way: int) -> None:
        """An owner had its turn, while the first in line was in the round `under_way`."""
        self._last[owner] = self.next(owner)
        self._round = max(self._round, under_way)
        self._last = {one: last for one, last in self._last.items() if last >= self._round}

    def __contains__(self, owner: str) -> bool:
        return owner in self._last


class Turns(Generic[_One]):
    """Puts those who wait in order; keeps nothing of owners who have had no more turns than others.

    Args:
        client: whose something is that waits.
    """

    def __init__(self, client: Callable[[_One], Client]) -> None:
        self._client = client
        self._addresses = _Rounds()
        self._visitors: dict[str, _Rounds] = {}

    def order(self, waiting: Iterable[_One]) -> list[_One]:
        """Those who wait, given as they came, in the order of their turns."""
        return [one for _, _, one in self._places(waiting)]

    def took(self, taken: _One, waiting: Sequence[_One]) -> None:
        """One of those who wait, wherever in the order, has its turn."""
        client, places = self._client(taken), self._places(waiting)
        line = [one for one in waiting if self._client(one).address == client.address]
        visitors = self._visitors.setdefault(client.address, _Rounds())
        visitors.took(client.visitor, min(visitors.next(self._client(one).visitor) for one in line))
        self._addresses.took(client.address, places[0][0])
        here = {self._client(one).address for one in waiting}
        self._visitors = {
            address: rounds
            for address, rounds in self._visitors.items()
            if address in here or address in self._addresses
        }

    def _places(self, waiting: Iterable[_One]) -> list[tuple[int, int, _One]]:
        """Round, number as they came, and who."""
        lines: dict[str, list[tuple[int, int, _One]]] = {}
        seen: Counter[Client] = Counter()
        for number, one in enumerate(waiting):
            client = self._client(one)
            rounds = self._visitors.get(client.address) or _Rounds()
            lines.setdefault(client.address, []).append((rounds.next(client.visitor) + seen[client], number, one))
            seen[client] += 1
        places = [
            (self._addresses.next(address) + index, number, one)
            for address, line in lines.items()
            for index, (_, number, one) in enumerate(sorted(line, key=lambda place: place[:2]))
        ]
        return sorted(places, key=lambda place: place[:2])
