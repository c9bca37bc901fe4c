"""/healthz and /metrics, with models that are loading, there, and missing."""

import re
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from data_cache.errors import InputError
from models.fingerprints import fingerprint
from ui import VERSION
from ui.engine import Engine
from ui.health import Health
from ui.metrics import Metrics
from ui.observed import Answered
from ui.peers import Peers
from ui.queueing import ModelQueue

ROOT = Path(__file__).parents[2]


class Loading:
    """An engine in a given state."""

    def __init__(self) -> None:
        self.future: Future[Any] = Future()

    def start(self) -> Future[Any]:
        return self.future


def asked(health: Health) -> TestClient:
    return TestClient(Starlette(routes=[Route("/healthz", health.answer)]))


def test_the_version_is_the_projects() -> None:
    (stated,) = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert stated == VERSION


def test_it_is_not_ready_while_models_load_or_are_missing() -> None:
    engine = Loading()
    with asked(Health(engine)) as client:  # type: ignore[arg-type]
        answer = client.get("/healthz")
        assert answer.status_code == 503
        assert answer.json() == {"status": "loading", "version": VERSION, "models": {}, "problem": ""}
        engine.future.set_exception(InputError("Expected weights,\nfound none."))
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()["status"]) == (503, "failed")
        assert answer.json()["problem"] == "Expected weights, found none."


def test_ready_it_says_which_weights_speak(engine: Engine, weights: tuple[Path, Path]) -> None:
    engine.models()
    with asked(Health(engine)) as client:
        answer = client.get("/healthz")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    models = answer.json()["models"]
    found = {key: model["sha256"] for key, model in models.items()}
    assert found == {"medicalpatchnet": fingerprint(weights[0]), "cnn": fingerprint(weights[1])}
    assert {model["origin"] for model in models.values()} == {"own"}


def samples(metrics: Metrics, peer: str = "127.0.0.1") -> dict[tuple[str, str], float]:
    """What a scrape gives, read by the reference's own parser: {(name, route): value}."""
    with TestClient(Starlette(routes=[Route("/metrics", metrics.answer)]), client=(peer, 5)) as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, one.labels.get("route", "")): one.value for family in families for one in family.samples}


def test_what_is_counted() -> None:
    engine = Loading()
    metrics = Metrics(Health(engine), Peers.of("127.0.0.1", "--metrics"))  # type: ignore[arg-type]
    line = ModelQueue(1)
    before = samples(metrics)
    for seconds in (0.5, 7.0):
        metrics.count(Answered("GET", "/config", 200, seconds, 10))
    with line.join() as first, line.join():
        assert first.enter(1.0)
        found = samples(metrics)
        assert found["explorer_waiting", ""] - before["explorer_waiting", ""] == 1
    engine.future.set_result({})
    found = samples(metrics)
    assert found["explorer_requests_total", "/config"] == 2
    assert found["explorer_request_seconds_sum", "/config"] == 7.5
    assert found["explorer_request_seconds_count", "/config"] == 2
    assert found["explorer_explained_total", ""] - before["explorer_explained_total", ""] == 1
    assert (before["explorer_ready", ""], found["explorer_ready", ""]) == (0, 1)
    resident = int(re.findall(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) * 1024
    assert 0.5 < found["process_resident_memory_bytes", ""] / resident < 2


def test_only_who_is_named_may_read_the_counts() -> None:
    metrics = Metrics(Health(Loading()), Peers.of("10.0.0.0/8", "--metrics"))  # type: ignore[arg-type]
    with TestClient(Starlette(routes=[Route("/metrics", metrics.answer)]), client=("127.0.0.1", 5)) as client:
        answer = client.get("/metrics")
    assert answer.status_code == 404 and "explorer" not in answer.text
    assert samples(metrics, "10.1.2.3")
