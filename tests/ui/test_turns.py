"""Whose turn it is: the first of every address before anybody's second, and at each address the same by visitor."""

from ui.turns import Turns
from ui.visitors import Client


def of(name: str) -> Client:
    """Named address, visitor, number: `Ax1`."""
    return Client(name[1], name[0])


def test_addresses_alternate_and_visitors_within_them() -> None:
    waiting = ["Ax1", "Ax2", "Ay1", "Ax3", "Bz1", "Bz2", "Cw1"]
    turns = Turns(of)
    assert turns.order(waiting) == ["Ax1", "Bz1", "Cw1", "Ay1", "Bz2", "Ax2", "Ax3"]
    taken = []
    while waiting:
        first = turns.order(waiting)[0]
        turns.took(first, waiting)
        waiting.remove(first)
        taken.append(first)
    assert taken == ["Ax1", "Bz1", "Cw1", "Ay1", "Bz2", "Ax2", "Ax3"]  # as it was said at first


def test_who_had_a_turn_waits_for_newcomers_and_nobody_for_what_is_long_over() -> None:
    turns = Turns(of)
    for number in range(50):
        turns.took(f"Ax{number}", [f"Ax{number}", "Ax99"])
    assert turns.order(["Ax99", "Bz1", "Bz2", "Cw1"]) == ["Bz1", "Cw1", "Ax99", "Bz2"]
    turns.took("Bz2", ["Ax99", "Bz1", "Bz2"])  # passes the others
    assert turns.order(["Ax99", "Bz1", "Cw1"]) == ["Cw1", "Ax99", "Bz1"]


def test_only_those_who_are_ahead_are_remembered() -> None:
    turns = Turns(of)
    for number in range(200):
        turns.took(f"{chr(200 + number)}x", [f"{chr(200 + number)}x", "Bz", "Bz"])
    turns.took("Bz", ["Bz", "Bz"])
    turns.took("Bz", ["Bz"])
    assert len(turns._visitors) == len(turns._addresses._last) == 1
