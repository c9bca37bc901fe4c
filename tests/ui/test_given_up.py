"""A call of the endpoints that was cancelled, or whose client is gone, leaves the line and ends the computing."""

import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio_client import Client

from explainers.run import explain_all
from ui import api
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.memory import Budget
from ui.queueing import ModelQueue
from ui.settings import Settings

pytestmark = [pytest.mark.filterwarnings("ignore::ResourceWarning"), pytest.mark.usefixtures("collected")]
LINES = (ModelQueue(1), ModelQueue(1))


@pytest.fixture(scope="module")
def address(catalogue: Catalogue, engine: Engine) -> Iterator[str]:
    with gr.Blocks() as page:
        api.add_api(page, catalogue, engine, Settings(), LINES, Budget(1 << 30))
    _, address, _ = page.launch(prevent_thread_lock=True, quiet=True, inbrowser=False, server_name="127.0.0.1")
    yield address
    page.close()


@pytest.fixture
def computing(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Event, Event]]:
    """Computing that takes as long as somebody waits: whether it has begun, and whether it was given up."""
    begun, given_up, late = Event(), Event(), Event()

    def endless(runs: Any, names: Any, parameters: Any, cancelled: Callable[[], bool]) -> dict[str, Any]:
        begun.set()
        while not cancelled() and not late.wait(0.02):
            pass
        if cancelled():
            given_up.set()
        return explain_all(runs, names, parameters, cancelled=cancelled)

    monkeypatch.setattr(api, "explain_all", endless)
    yield begun, given_up
    late.set()


def comes(happens: Callable[[], bool], within: float = 60) -> bool:
    end = time.monotonic() + within
    while not (happened := happens()) and time.monotonic() < end:
        time.sleep(0.02)
    return happened


def test_a_cancelled_call_ends_where_it_is(
    address: str, catalogue: Catalogue, computing: tuple[Event, Event], capfd: pytest.CaptureFixture[str]
) -> None:
    begun, given_up = computing
    client = Client(address, verbose=False)
    call = {"cases": [row["id"] for row in catalogue.rows()][:2], "methods": ["gradcam"]}
    first = client.submit(**call, api_name="/explain_many")
    assert begun.wait(60)
    second = client.submit(**call, api_name="/explain_many")
    assert comes(lambda: LINES[0].waiting == 1)
    second.cancel()
    assert comes(lambda: LINES[0].waiting == 0) and not given_up.is_set()
    first.cancel()
    assert given_up.wait(60)
    assert comes(lambda: not LINES[0]._inside) and not comes(lambda: bool(LINES[0]._inside), 0.3)  # nor its next case
    assert "Traceback" not in capfd.readouterr().err


def test_a_client_that_is_gone_ends_its_call(
    address: str, catalogue: Catalogue, computing: tuple[Event, Event]
) -> None:
    begun, given_up = computing
    data = {"data": [catalogue.rows()[0]["id"], ["gradcam"], 1, "none"]}
    with httpx.Client(base_url=f"{address}gradio_api/call", trust_env=False, timeout=60) as http:
        event = http.post("/explain_case", json=data).json()["event_id"]
        with http.stream("GET", f"/explain_case/{event}"):
            assert begun.wait(60) and not given_up.is_set()
    assert given_up.wait(60)
