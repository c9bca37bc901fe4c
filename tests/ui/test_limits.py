"""Who may ask for how much: by visitor, by address, in all; and whose session goes when there are too many."""

from bisect import bisect
from collections import Counter
from contextlib import ExitStack, suppress
from types import SimpleNamespace
from typing import Any

import pytest

from ui.limits import (
    CLIENT,
    NEW_SESSIONS,
    SESSIONS,
    SIZE,
    UNDER_WAY,
    WAITING,
    WAITING_BYTES,
    BusyError,
    Limit,
    Sessions,
    Traffic,
    accounts_of,
    check_waiting,
)
from ui.visitors import NOBODY, Client


def client(visitor: object, address: str = "192.0.2.1") -> Client:
    return Client(str(visitor), address)


def test_a_limit_is_for_one_visitor_one_address_and_all() -> None:
    limit, had = Limit(1, 2, 3, spare=0), Counter[str]()
    for asking, status in (
        (client(1), None), (client(1), 429), (client(2), None), (client(3), 429),
        (client(4, "192.0.2.2"), None), (client(5, "192.0.2.3"), 503),
    ):  # fmt: skip
        if status is None:
            limit.check(asking, had)
            had.update(accounts_of(asking))
            continue
        with pytest.raises(BusyError, match="try again in a moment") as refused:
            limit.check(asking, had)
        assert refused.value.status == status


LIMITS = [WAITING, WAITING_BYTES, *UNDER_WAY.values(), NEW_SESSIONS]


def fill(limit: Limit, had: Counter[str], address: str) -> None:
    """Let an address take all it gets, with as many invented visitors as that needs."""
    for number in range(limit.everybody):
        asking = client(f"{address} {number}", address)
        refused = bisect(range(1, limit.visitor + 1), False, key=lambda more: not limit.admits(asking, had, more))
        if not refused:
            return
        had.update(dict.fromkeys(accounts_of(asking), refused))


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("greedy", [1, 2, 4, 9])
def test_addresses_that_take_all_they_get_leave_something_to_a_newcomer(limit: Limit, greedy: int) -> None:
    had = Counter[str]()
    for number in range(greedy):
        fill(limit, had, f"192.0.2.{number}")
    assert had[""] <= limit.everybody
    part = limit.spare // (2 * (greedy + 1))
    newcomer = client("newcomer", "198.51.100.1")
    limit.check(newcomer, had, min(part, limit.visitor))
    had.update(dict.fromkeys(accounts_of(newcomer), part))
    if greedy > 1:  # one leaves others more than their part
        with pytest.raises(BusyError) as refused:
            limit.check(client("another", "198.51.100.1"), had, 1)
        assert refused.value.status == 503


@pytest.mark.parametrize("limit", LIMITS)
def test_all_together_never_have_more_than_all_may(limit: Limit) -> None:
    had = Counter[str]()
    for number in range(100):
        fill(limit, had, f"192.0.2.{number}")
        assert had[""] <= limit.everybody
    with pytest.raises(BusyError):
        limit.check(client("late", "198.51.100.1"), had, max(1, limit.everybody // 1000))


def test_many_addresses_that_have_little_may_have_all_there_is() -> None:
    had = Counter[str]()
    for number in range(WAITING.everybody):
        WAITING.check(client(number, f"address {number}"), had)
        had.update(accounts_of(client(number, f"address {number}")))
    with pytest.raises(BusyError):
        WAITING.check(client("late", "late"), had)


def test_requests_count_while_they_are_answered() -> None:
    traffic, most = Traffic(), UNDER_WAY["upload"].visitor
    with ExitStack() as uploads:
        for _ in range(most):
            uploads.enter_context(traffic.counted("upload", client("a")))
        with pytest.raises(BusyError), traffic.counted("upload", client("a")):
            pass
        with traffic.counted("call", client("a")), traffic.counted("upload", client("b")):
            pass
    with traffic.counted("upload", client("a")):
        pass


def event(asking: Client, kind: str, size: int = 10) -> Any:
    scope = {CLIENT: asking, SIZE: size}
    return SimpleNamespace(concurrency_id=kind, request=SimpleNamespace(scope=scope))


def page(waiting: list[Any], inside: list[Any]) -> Any:
    """As much of a page as says who stands in which of its lines."""
    functions = {number: SimpleNamespace(concurrency_id=kind) for number, kind in enumerate(("models", "files"))}
    lines = {
        kind: SimpleNamespace(queue=[one for one in waiting if one.concurrency_id == kind])
        for kind in ("models", "files")
    }
    queue = SimpleNamespace(active_jobs=[None, *([one] for one in inside)], event_queue_per_concurrency_id=lines)
    return SimpleNamespace(fns=functions, _queue=queue)


def test_who_fills_a_line_is_refused_there_and_nobody_else() -> None:
    greedy, other = client("greedy"), client("other")
    waiting = [event(greedy, "models") for _ in range(WAITING.visitor - 1)]
    full = page(waiting, [event(greedy, "models")])
    with pytest.raises(BusyError) as refused:
        check_waiting(full, {"fn_index": 0}, greedy, 10)
    assert refused.value.status == 429
    check_waiting(full, {"fn_index": 0}, other, 10)  # the same line
    check_waiting(full, {"fn_index": 1}, greedy, 10)  # another line
    check_waiting(page(waiting, []), {"fn_index": 0}, greedy, 10)
    for odd in (None, "0", 99, [0]):
        check_waiting(full, {"fn_index": odd}, greedy, 10)  # Gradio refuses it


def test_large_bodies_in_line_are_bounded_too() -> None:
    waiting = [event(client("a"), "files", WAITING_BYTES.visitor // 2), event(client("b"), "models")]
    check_waiting(page(waiting, []), {"fn_index": 0}, client("a"), WAITING_BYTES.visitor // 2)
    with pytest.raises(BusyError):
        check_waiting(page(waiting, []), {"fn_index": 0}, client("a"), WAITING_BYTES.visitor // 2 + 1)


@pytest.fixture
def forgotten() -> list[str]:
    return []


@pytest.fixture
def sessions(forgotten: list[str], monkeypatch: pytest.MonkeyPatch) -> Sessions:
    monkeypatch.setattr("ui.limits._LATELY", -1.0)
    return Sessions(forgotten.append, lambda session: session.startswith("used"))


def test_who_invents_sessions_loses_the_own_ones(sessions: Sessions, forgotten: list[str]) -> None:
    sessions.seen("victim", client("victim"))
    for number in range(SESSIONS.everybody + 50):
        sessions.seen(f"s{number}", client("inventor"))
    assert "victim" not in forgotten and len(forgotten) == SESSIONS.everybody + 50 - SESSIONS.visitor
    assert forgotten[0] == "s0" and sessions.has("victim") and sessions.has("inventor")


def test_who_invents_cookies_too_takes_no_used_or_open_session_of_the_same_address(
    sessions: Sessions, forgotten: list[str]
) -> None:
    sessions.seen("used", client("a"))
    sessions.seen("open", client("b"))
    sessions.seen("elsewhere", client("c", "192.0.2.9"))
    with sessions.open("open"):
        for number in range(SESSIONS.everybody + 50):
            sessions.seen(f"s{number}", client(number))
    assert not {"used", "open", "elsewhere"} & set(forgotten)
    assert len(forgotten) == SESSIONS.everybody + 52 - SESSIONS.address


def test_where_all_have_too_many_the_address_with_most_gives(sessions: Sessions, forgotten: list[str]) -> None:
    sessions.seen("alone", client("alone", "198.51.100.1"))
    for number in range(SESSIONS.everybody):
        sessions.seen(f"s{number}", client(number, f"192.0.2.{number % 3}"))
    assert "alone" not in forgotten and len(forgotten) == 1


def test_a_session_that_ended_counts_no_more(sessions: Sessions, forgotten: list[str]) -> None:
    for number in range(SESSIONS.visitor):
        sessions.seen(f"s{number}", client("a"))
    sessions.ended("s3")
    sessions.ended("unknown")
    sessions.seen("more", client("a"))
    assert forgotten == []


def test_new_sessions_in_a_short_time_are_bounded() -> None:
    sessions = Sessions(lambda session: None, lambda session: False)
    for number in range(NEW_SESSIONS.visitor):
        sessions.seen(f"s{number}", client("a"))
    with pytest.raises(BusyError, match="opened many pages"):
        sessions.seen("more", client("a"))
    sessions.seen("s0", client("a"))
    sessions.seen("more", client("b"))


@pytest.mark.parametrize("greedy", [*(pytest.param(one, marks=pytest.mark.thorough) for one in (2, 4)), 9])
def test_newcomers_open_a_page_while_others_open_all_they_can(greedy: int) -> None:
    sessions = Sessions(lambda session: None, lambda session: False)
    for number in range(greedy * NEW_SESSIONS.address):
        with suppress(BusyError):
            sessions.seen(f"s{number}", client(number, f"192.0.2.{number % greedy}"))
    sessions.seen("newcomer", client("newcomer", "198.51.100.1"))


def test_an_address_of_ipv6_is_that_of_a_connection() -> None:
    one, other = (Client.of("v", (number, 1)).address for number in ("2001:db8::1", "2001:db8:0:0:5::2"))
    assert one == other != Client.of("v", ("2001:db8:0:1::1", 1)).address
    assert Client.of("v", None).address == ""


def test_who_keeps_no_cookies_is_told_apart_by_address() -> None:
    assert Client.of(NOBODY, ("192.0.2.1", 1)).visitor != Client.of(NOBODY, ("192.0.2.2", 1)).visitor
