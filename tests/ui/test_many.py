"""Many people at once, over the network: the same file, many small posts, invented sessions, too much in one post."""

import time
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
from ui.limits import NEW_SESSIONS, WAITING

# gradio_client leaves its sockets to the collector
pytestmark = [pytest.mark.filterwarnings("ignore::ResourceWarning"), pytest.mark.usefixtures("collected")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("many") / "temporary"


@pytest.fixture(scope="module")
def address(place: Path, weights: tuple[Path, Path]) -> Iterator[str]:
    flags = ("--patchnet", str(weights[0]), "--cnn", str(weights[1]), "--backend", "torch-cpu", "--keep", "0.3")
    with running_app(*flags, "--max-file-size", "1mb", temporary=place) as address:
        yield address


def at_once(work: Callable[[int], Any], count: int) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def files_in(place: Path) -> list[Path]:
    """What lies below, but for the lock of the app."""
    return [file for file in files_below(place) if file.name != "lock"]


@pytest.mark.parametrize("visits", [2, pytest.param(36, marks=pytest.mark.thorough)])
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


def test_programs_that_send_the_same_file_get_its_answer(address: str, tmp_path: Path, place: Path) -> None:
    from gradio_client import Client, handle_file

    (tmp_path / "chest.png").write_bytes(picture(seed=4))
    client = Client(address, verbose=False)

    def call(_: int) -> Any:
        sent = handle_file(str(tmp_path / "chest.png"))
        return client.predict(sent, methods=["raw"], maps="none", api_name="/explain")[0]["probabilities"]

    first, *others = at_once(call, 3)
    assert all(other["medicalpatchnet"] == pytest.approx(first["medicalpatchnet"], abs=1e-6) for other in others)
    assert not [file for file in files_in(place) if "chest" in file.name]


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


def test_invented_sessions_take_nothing_from_a_visitor(address: str) -> None:
    visitor, inventor = Visitor(address), Visitor(address)
    with visitor.visiting():
        *_, last = visitor.ask("read", visitor.upload("chest.png", picture()))
        statuses = set()
        for number in range(NEW_SESSIONS.visitor + 20):  # who loses sessions is tested in test_limits.py
            body = {"data": [], "session_hash": f"invented{number}", "component_id": 1, "fn_name": "cases"}
            statuses.add(inventor.http.post("gradio_api/component_server", json=body).status_code)
        assert 429 in statuses
        *_, still = visitor.ask("refine", {"steps": 2})
        assert not still.get("error") and still["case"]["key"] == last["case"]["key"]


def test_one_post_is_bounded_and_leaves_nothing(address: str, place: Path) -> None:
    visitor = Visitor(address)
    before = set(files_in(place))
    half = b"x" * 600_000
    several = visitor.http.post("gradio_api/upload", files=[("files", ("a", half)), ("files", ("b", half))])
    assert several.status_code == 413

    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield half

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert visitor.http.post("gradio_api/upload", content=endless(), headers=headers).status_code == 413
    many = [("files", (str(number), b"x")) for number in range(100)]
    assert visitor.http.post("gradio_api/upload", files=many).status_code == 400
    assert visitor.http.post("gradio_api/upload", content=b"{}").status_code == 400
    assert eventually(lambda: set(files_in(place)) <= before)


def test_an_upload_that_breaks_off_leaves_nothing(address: str, place: Path) -> None:
    visitor = Visitor(address)
    before = set(files_in(place))

    def broken() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        yield b"x" * 100_000
        time.sleep(0.2)
        raise RuntimeError("the network is gone")

    with pytest.raises(RuntimeError):
        visitor.http.post(
            "gradio_api/upload", content=broken(), headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
    assert eventually(lambda: set(files_in(place)) <= before)
