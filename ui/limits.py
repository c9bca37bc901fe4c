"""What one visitor, one address and all together may have under way, so that nobody shuts the others out.

A visitor is a cookie, of which one may get many; an address may be shared by a whole hospital. So both count: a visitor
gets what a page and a program with some threads need, an address several times that, and never all there is.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from time import monotonic
from typing import Any

import gradio as gr

from ui.visitors import Client

_MIB = 1024**2
_ADDRESS = "address "  # begins the name of an address's account
CLIENT, SIZE = "explorer.client", "explorer.size"  # where the gate writes them in a request's scope


class BusyError(Exception):
    """A request that may be made again in a moment: HTTP status and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Limit:
    """How much one visitor, one address and all may have.

    A part of what all may have is spare: kept for addresses that have little, of which each may have an equal part of
    half the spare. So few addresses can fill no more than the rest, however many visitors they invent, and what they
    fill of the spare gets the less the more they are.

    Attributes:
        visitor, address, everybody: the most that each may have.
        spare: how much of the most for everybody.
    """

    visitor: int
    address: int
    everybody: int
    spare: int

    def admits(self, client: Client, had: Counter[str], more: int) -> bool:
        """Whether so much more is not too much; see `check`."""
        try:
            self.check(client, had, more)
        except BusyError:
            return False
        return True

    def check(self, client: Client, had: Counter[str], more: int = 1, what: str = "many requests under way") -> None:
        """Refuse what would be too much.

        Args:
            client: who asks for more.
            had: how much the accounts of `accounts_of` have.
            more: how much.
            what: what they have then, for the sentence.

        Raises:
            BusyError: 429 for those who have much themselves, 503 where all together have.
        """
        everybody, address, visitor = accounts_of(client)
        if had[visitor] + more > self.visitor:
            raise BusyError(429, f"You have {what} already: try again in a moment.")
        if had[address] + more > self.address:
            raise BusyError(429, f"People in your network have {what} already: try again in a moment.")
        left = self.everybody - had[everybody] - more
        if left < 0 or (left < self.spare and not self._is_little(had, address, more)):
            raise BusyError(503, f"All visitors together have {what}: try again in a moment.")

    def _is_little(self, had: Counter[str], address: str, more: int) -> bool:
        """Whether an address has no more, with what it asks for, than its part of the spare; one is always little."""
        addresses = {account for account, count in had.items() if count > 0 and account.startswith(_ADDRESS)}
        return had[address] + more <= max(1, self.spare // (2 * len(addresses | {address})))


def accounts_of(client: Client) -> tuple[str, str, str]:
    """What a client's requests count for: all, its address, itself."""
    return "", f"{_ADDRESS}{client.address}", f"visitor {client.visitor}"


WAITING = Limit(20, 96, 256, spare=128)  # in line for one kind of work
WAITING_BYTES = Limit(16 * _MIB, 32 * _MIB, 64 * _MIB, spare=32 * _MIB)  # of their JSON
UNDER_WAY = {
    "upload": Limit(24, 96, 256, spare=128),
    "call": Limit(24, 96, 256, spare=128),
    "stream": Limit(64, 512, 2048, spare=1024),  # messages and signs of life, two for each open page
}
SESSIONS = Limit(32, 384, 1000, spare=0)  # instead, the address that has most gives
NEW_SESSIONS = Limit(16, 128, 256, spare=128)  # within so many seconds:
_LATELY = 10.0


class Traffic:
    """Counts requests while they are answered."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {kind: Counter() for kind in UNDER_WAY}

    @contextmanager
    def counted(self, kind: str, client: Client) -> Iterator[None]:
        """Count a request of a kind for as long as the block lasts.

        Raises:
            BusyError: there are too many.
        """
        counts, accounts = self._counts[kind], accounts_of(client)
        UNDER_WAY[kind].check(client, counts)
        counts.update(accounts)
        try:
            yield
        finally:
            counts.subtract(accounts)
            for account in accounts:
                if not counts[account]:
                    del counts[account]


class Sessions:
    """The sessions that there are. Anybody can invent hashes of some: who has too many loses the oldest.

    Args:
        forget: lets go of all that belongs to a session.
        holds: whether something was opened in a session.
    """

    def __init__(self, forget: Callable[[str], object], holds: Callable[[str], bool]) -> None:
        self._forget, self._holds = forget, holds
        self._known: OrderedDict[str, Client] = OrderedDict()
        self._counts: Counter[str] = Counter()
        self._open: Counter[str] = Counter()
        self._new: deque[tuple[float, Client]] = deque()
        self._lock = RLock()

    def has(self, visitor: str) -> bool:
        """Whether there is a session of a visitor."""
        return any(client.visitor == visitor for client in list(self._known.values()))

    def seen(self, session: str, client: Client) -> None:
        """Take note that a session asks for something.

        Raises:
            BusyError: there have been too many new ones lately; each takes Gradio some time.
        """
        with self._lock:
            if session not in self._known:
                self._come(client)
                for limit, account in zip(
                    (SESSIONS.visitor, SESSIONS.address, SESSIONS.everybody), reversed(accounts_of(client)), strict=True
                ):
                    if self._counts[account] >= limit:
                        self._let_go(account)
                self._known[session] = client
                self._counts.update(accounts_of(client))
            self._known.move_to_end(session)

    def _come(self, client: Client) -> None:
        now = monotonic()
        while self._new and self._new[0][0] < now - _LATELY:
            self._new.popleft()
        lately = Counter(account for _, one in self._new for account in accounts_of(one))
        NEW_SESSIONS.check(client, lately, what="opened many pages in the last seconds")
        self._new.append((now, client))

    @contextmanager
    def open(self, session: str) -> Iterator[None]:
        """A page of this session is open while the block lasts."""
        self._open[session] += 1
        try:
            yield
        finally:
            self._open[session] -= 1
            if not self._open[session]:
                del self._open[session]

    def ended(self, session: str) -> None:
        """A session is over."""
        with self._lock:
            client = self._known.pop(session, None)
            if client is not None:
                self._counts.subtract(accounts_of(client))
                self._counts += Counter()  # without zeros

    def _let_go(self, account: str) -> None:
        """Forget the session of an account that is missed least: closed before open, empty before used, old before new.

        Where all together have too many, of the address that has most.
        """
        if not account:
            addresses = Counter(client.address for client in self._known.values())
            account = f"{_ADDRESS}{addresses.most_common(1)[0][0]}"
        of = [session for session, client in self._known.items() if account in accounts_of(client)]
        least = min(of, key=lambda session: (bool(self._open[session]), self._holds(session)))
        self.ended(least)
        self._forget(least)


def check_waiting(page: gr.Blocks, body: dict[str, Any], client: Client, size: int) -> None:
    """Refuse a request for which somebody has too many in line already; one line for each kind of work.

    Args:
        page: whose queue it is.
        body: of the request.
        client: who asks.
        size: bytes of the body.

    Raises:
        BusyError: see `Limit`.
    """
    function = page.fns.get(body["fn_index"]) if isinstance(body.get("fn_index"), int) else None
    queue = page._queue
    inside = [event for job in queue.active_jobs for event in job or ()]
    lines = queue.event_queue_per_concurrency_id
    waiting = [event for one in lines.values() for event in one.queue]
    counts: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for event in (*inside, *waiting):
        scope = event.request.scope
        accounts = accounts_of(scope[CLIENT])
        held.update(dict.fromkeys(accounts, scope[SIZE]))
        if function is not None and event.concurrency_id == function.concurrency_id:
            counts.update(accounts)
    WAITING.check(client, counts)
    WAITING_BYTES.check(client, held, size)
