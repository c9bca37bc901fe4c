"""Many people at once, over the network: the same file, many small posts.

All is thorough: the lines and the limits are tested without a network in test_limits.py and test_queueing.py, invented
sessions, too much in one post and programs that send one file on the app of test_privacy.py.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from data_cache.demo import bundled_cases
from tests.browser.running_app import running_app
from tests.lying import files_below
from tests.ui.test_privacy import eventually, picture
from tests.ui.visitor import Visitor
from ui.limits import WAITING

# gradio_client leaves its sockets to the collector
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.usefixtures("collected"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("many") / "temporary"


@pytest.fixture(scope="module")
def address(place: Path, weights: tuple[Path, Path]) -> Iterator[str]:
    flags = ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu", "--keep", "0.3")
    with running_app(*flags, temporary=place) as address:
        yield address


def at_once(work: Callable[[int], Any], count: int) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def files_in(place: Path) -> list[Path]:
    """What lies below, but for the lock of the app."""
    return [file for file in files_below(place) if file.name != "lock"]


@pytest.mark.parametrize("visits", [2, 36])
def test_everybody_who_brings_the_same_file_gets_its_answer(address: str, place: Path, visits: int) -> None:
    data = picture(seed=3)

    def visit(_: int) -> dict[str, Any]:
        visitor = Visitor(address)
        with visitor.visiting():
            *_, last = visitor.ask("read", visitor.upload("chest.png", data))
        return last

    answers = at_once(visit, visits)
    assert [answer.get("error") for answer in answers] == [None] * visits
    assert all(answer["case"]["title"] == "Upload" and len(answer["maps"]) == 5 for answer in answers)
    first, *others = [answer["probabilities"] for answer in answers]
    for other in others:
        assert all(other[key] == pytest.approx(first[key], abs=1e-6) for key in first)
    assert eventually(lambda: not files_in(place))


def test_many_posts_of_one_visitor_leave_the_others_their_places(address: str) -> None:
    """What of them is too much is refused with a time after which to try again; nobody else is."""
    greedy, other = Visitor(address), Visitor(address)
    with greedy.visiting(), other.visiting():
        fn_index, trigger = greedy._events["open"]
        asked = {"case": bundled_cases()[0].id}
        body = {"data": [None], "fn_index": fn_index, "trigger_id": trigger, "event_data": asked}
        body["session_hash"] = greedy.session
        answers = [greedy.http.post("gradio_api/queue/join", json=body) for _ in range(WAITING.visitor + 10)]
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) <= {200, 429}
        refused = [answer for answer in answers if answer.status_code == 429]
        for answer in refused:
            assert int(answer.headers["retry-after"]) > 0 and "try again" in answer.json()["detail"]
        *_, last = other.ask("read", other.upload("chest.png", picture(seed=6)))
        assert not last.get("error") and len(last["maps"]) == 5
