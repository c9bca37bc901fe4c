"""The budget of memory for reading images, its line, and that readers keep to it."""

import io
import threading
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.images import reading_bytes
from tests.ui.kept import keep
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.memory import _MOST_PASSES, Budget, Share
from ui.session import Session
from ui.visitors import Client


def png(seed: int = 0, side: int = 400) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def test_who_needs_more_than_is_left_waits_and_is_told_so() -> None:
    budget = Budget(100)
    with budget.share(60, "a") as first, budget.share(60, "b") as second, budget.share(50, "c") as third:
        assert first.enter(0) and not second.enter(0.01) and not third.enter(0)
        assert second.content()["words"] == "Waiting for memory: another image is being read first."
        assert third.content()["words"] == "Waiting for memory: 2 other images are being read first."
        first.leave()
        first.leave()  # given back once
        assert not third.enter(0) and second.enter(0) and second.enter(0) and not third.enter(0)
    with budget.share(100, "all") as whole:
        assert whole.enter(0)


def share(budget: Budget, size: int, visitor: str, address: str) -> Share:
    return budget.share(size, "scan.png", Client(visitor, address))


def test_addresses_take_turns_and_so_do_the_visitors_of_each() -> None:
    budget = Budget(10)
    greedy = [share(budget, 10, f"invented {number % 3}", "192.0.2.1") for number in range(24)]
    assert greedy[0].enter(0)
    other = share(budget, 10, "other", "192.0.2.2")
    neighbour = share(budget, 10, "neighbour", "192.0.2.1")
    for leaving, entering in ((greedy[0], other), (other, greedy[1]), (greedy[1], greedy[2]), (greedy[2], neighbour)):
        assert not any(one.enter(0) for one in (*greedy[1:], other, neighbour) if one not in (leaving, entering))
        leaving.leave()
        assert entering.enter(0)
    late = share(budget, 10, "late", "192.0.2.3")
    assert late.content()["before"] == 0 and greedy[3].content()["before"] == 1


def test_a_small_image_passes_large_ones_that_do_not_fit_but_not_for_ever() -> None:
    budget = Budget(100)
    first, large = share(budget, 60, "a", "192.0.2.1"), share(budget, 60, "b", "192.0.2.2")
    assert first.enter(0) and not large.enter(0)
    for number in range(_MOST_PASSES):
        with share(budget, 10, f"{number}", f"192.0.2.{number + 3}") as small:
            assert not large.enter(0) and small.enter(0)
    with share(budget, 10, "late", "192.0.2.99") as small:
        assert not small.enter(0)
        first.leave()
        assert not small.enter(0) and large.enter(0) and small.enter(0)


def test_who_needs_no_memory_keeps_nobody_waiting() -> None:
    budget = Budget(10)
    with budget.share(0, "a") as nothing, budget.share(10, "b") as all_:
        assert all_.enter(0) and nothing.enter(0)


def test_what_can_never_fit_is_one_sentence() -> None:
    with pytest.raises(InputError, match=r"scan\.png: expected an image that can be read within 1 MiB of memory"):
        Budget(1 << 20).share((1 << 20) + 1, "scan.png")


def test_who_gives_up_leaves_the_line() -> None:
    budget = Budget(10)
    with budget.share(10, "a") as first:
        assert first.enter(0)
        with budget.share(10, "b"):
            pass
        with budget.share(10, "c") as third:
            assert third.content()["before"] == 0


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of images in memory, whenever one more was read."""
    reading, counted, lock = [0], [], threading.Lock()
    original = Case.from_upload.__func__  # type: ignore[attr-defined]

    def counting(cls: type[Case], data: bytes, name: str) -> Case:
        with lock:
            reading[0] += 1
            counted.append(reading[0])
        time.sleep(0.02)
        try:
            return original(cls, data, name)
        finally:
            with lock:
                reading[0] -= 1

    monkeypatch.setattr(Case, "from_upload", classmethod(counting))
    return counted


def test_people_who_bring_large_images_at_once_are_read_one_after_the_other(
    catalogue: Catalogue, engine: Engine, most: list[int]
) -> None:
    budget = Budget(int(1.5 * reading_bytes(png())))
    explore = Explore(catalogue, engine, keep, memory=budget)
    answers: list[list[dict[str, Any]]] = [[] for _ in range(3)]

    def bring(number: int) -> None:
        answers[number] = list(explore.read(Session(), png(number), "large.png"))

    threads = [threading.Thread(target=bring, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 3
    assert all(len(answer[-1]["maps"]) == 5 and not answer[-1]["busy"] for answer in answers)
    with budget.share(budget.most, "all") as everything:
        assert everything.enter(0)  # all was given back


def test_an_image_that_never_fits_leaves_the_open_case_alone(catalogue: Catalogue, engine: Engine) -> None:
    explore = Explore(catalogue, engine, keep, memory=Budget(8 << 20))
    session = Session()
    list(explore.open(session, catalogue.rows()[0]["id"]))
    before = session.current
    (message,) = explore.read(session, png(side=1200), "large.png")
    assert "upload.png: expected an image that can be read within 8 MiB" in message["error"]
    assert before is not None and session.current is before


def test_a_waiting_image_that_is_stopped_is_never_read(catalogue: Catalogue, engine: Engine, most: list[int]) -> None:
    budget = Budget(reading_bytes(png()))
    explore, session = Explore(catalogue, engine, keep, memory=budget), Session()
    with budget.share(budget.most, "other") as other:
        assert other.enter(0)
        messages = explore.read(session, png(), "large.png")
        assert "another image is being read first" in next(messages)["waiting"]["words"]
        explore.stop(session)
        assert [message["waiting"] for message in messages] == [None]
    assert most == [] and session.current is None


def test_the_full_size_goes_before_the_models_speak(catalogue: Catalogue, engine: Engine) -> None:
    explore, session = Explore(catalogue, engine, keep), Session()
    messages = explore.read(session, png(), "large.png")
    assert next(messages)["busy"] and session.current is not None and session.current.radiograph is not None
    next(messages)
    assert session.current.radiograph is None
