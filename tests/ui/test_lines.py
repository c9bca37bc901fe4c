"""Gradio's queue, driven as Gradio does it: appended to, its first removed, or one that was given up."""

from types import SimpleNamespace
from typing import Any

from gradio.queueing import EventQueue

from ui.limits import CLIENT
from ui.lines import FairLine, take_turns
from ui.visitors import Client


def event(visitor: str, address: str) -> Any:
    return SimpleNamespace(request=SimpleNamespace(scope={CLIENT: Client(visitor, address)}))


def queue(events: list[Any]) -> Any:
    line = EventQueue("models", 1)
    line.queue.extend(events)
    return SimpleNamespace(event_queue_per_concurrency_id={"models": line})


def test_who_comes_later_from_elsewhere_is_not_behind_all_of_one_address() -> None:
    greedy = [event(f"invented {number}", "192.0.2.1") for number in range(20)]
    page = queue(greedy[:1])
    take_turns(page)
    line = page.event_queue_per_concurrency_id["models"].queue
    for one in greedy[1:]:
        line.append(one)
    line.remove(line[0])
    newcomer = event("newcomer", "192.0.2.2")
    line.append(newcomer)
    assert line[0] is newcomer and line[1:] == greedy[1:]
    line.remove(greedy[7])  # was given up
    assert line[0] is newcomer and len(line) == 19 and greedy[7] not in line
    while line:
        line.remove(line[0])
    again = event("newcomer", "192.0.2.2")
    for one in (event("late", "192.0.2.1"), again):
        line.append(one)
    assert line[0] is again  # which has had fewer turns


def test_lines_are_made_fair_once() -> None:
    page = queue([event("a", "192.0.2.1"), event("b", "192.0.2.1"), event("c", "192.0.2.2")])
    take_turns(page)
    line = page.event_queue_per_concurrency_id["models"].queue
    assert isinstance(line, FairLine) and [one.request.scope[CLIENT].visitor for one in line] == ["a", "c", "b"]
    take_turns(page)
    assert page.event_queue_per_concurrency_id["models"].queue is line
