"""Who may ask for how much: by visitor, by address, in all; and whose session goes when there are too many."""

from collections import Counter
from contextlib import ExitStack

import pytest

from ui.limits import NEW_SESSIONS, SESSIONS, UNDER_WAY, BusyError, Limit, Sessions, Traffic, accounts_of
from ui.visitors import NOBODY, Client


def client(visitor: object, address: str = "192.0.2.1") -> Client:
    return Client(str(visitor), address)


def test_a_limit_is_for_one_visitor_one_address_and_all() -> None:
    limit, had = Limit(1, 2, 3), Counter[str]()
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


def test_an_address_of_ipv6_is_that_of_a_connection() -> None:
    one, other = (Client.of("v", (number, 1)).address for number in ("2001:db8::1", "2001:db8:0:0:5::2"))
    assert one == other != Client.of("v", ("2001:db8:0:1::1", 1)).address
    assert Client.of("v", None).address == ""


def test_who_keeps_no_cookies_is_told_apart_by_address() -> None:
    assert Client.of(NOBODY, ("192.0.2.1", 1)).visitor != Client.of(NOBODY, ("192.0.2.2", 1)).visitor
