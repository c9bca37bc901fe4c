"""The line before the models: its order, its places, and what it says."""

from ui.queueing import ModelQueue


def test_a_place_is_held_until_it_is_left() -> None:
    line = ModelQueue(1)
    with line.join() as first:
        assert first.enter(0)
        with line.join() as second:
            assert not second.enter(0.01)
        with line.join() as third:
            assert not third.enter(0)
    with line.join() as fourth:
        assert fourth.enter(0)


def test_who_came_first_goes_first() -> None:
    line = ModelQueue(2)
    with line.join() as a, line.join() as b, line.join() as c, line.join() as d:
        assert a.enter(0) and b.enter(0)
        assert not d.enter(0) and not c.enter(0)
        assert [c.content()["before"], d.content()["before"]] == [0, 1]
        a.__exit__(None, None, None)
        assert not d.enter(0)
        assert c.enter(0) and c.enter(0)


def test_who_asks_for_much_does_not_keep_others_waiting() -> None:
    line = ModelQueue(1)
    with line.join("a") as first, line.join("a") as second, line.join("a") as third, line.join("b") as other:
        assert first.enter(0)
        assert [ticket.content()["before"] for ticket in (other, second, third)] == [0, 1, 2]
        first.__exit__(None, None, None)
        assert not second.enter(0) and other.enter(0)
        with line.join("c") as newest, line.join() as alone, line.join("b") as again:
            other.__exit__(None, None, None)
            order = (newest, alone, second, again, third)
            assert [ticket.content()["before"] for ticket in order] == [0, 1, 2, 3, 4]
            for ticket in order:
                assert ticket.enter(0)
                ticket.__exit__(None, None, None)
        with line.join("d") as late:
            assert late.enter(0)


def test_an_error_inside_gives_the_place_back() -> None:
    line = ModelQueue(1)
    try:
        with line.join() as ticket:
            ticket.enter(0)
            raise RuntimeError
    except RuntimeError:
        pass
    with line.join() as ticket:
        assert ticket.enter(0)


def test_the_time_is_said_once_something_was_measured() -> None:
    line = ModelQueue(2)
    with line.join() as a, line.join() as b, line.join() as waiting:
        assert a.enter(0) and b.enter(0)
        assert waiting.content() == {
            "before": 0,
            "seconds": None,
            "words": "Waiting for the models: you are next in line.",
        }
    line._durations.clear()
    line._durations.extend([4.0, 6.0])
    assert line.seconds(0) == 2.5 and line.seconds(3) == 10.0
    with line.join() as a, line.join() as b, line.join() as _, line.join() as last:
        assert a.enter(0) and b.enter(0)
        assert last.content()["words"] == "Waiting for the models: 1 request before yours, about 5 s."
