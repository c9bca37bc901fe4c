"""The tab "Models and about": what it tells, and getting weights and radiographs by a button."""

import hashlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from data_cache.downloads import Progress
from data_cache.errors import InputError
from explainers.registry import EXPLAINERS
from ui.about import About, cards
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.getting import Job
from ui.session import Session
from ui.settings import Settings
from ui.visits import Visits

Show = Callable[[str], AbstractContextManager[Progress]]


def finished(about: About, what: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while (state := about.getting()[what])["running"] and time.monotonic() < end:
        time.sleep(0.01)
    return state


def make(catalogue: Catalogue, engine: Engine, visits: Visits | None = None, **settings: Any) -> About:
    return About(catalogue, engine, Settings(**settings), visits or Visits(1))


def test_active_weights_are_told_with_the_hash_of_their_files(
    catalogue: Catalogue, engine: Engine, weights: tuple[Path, Path]
) -> None:
    content = make(catalogue, engine).content()
    told = {model["kind"]: model for model in content["models"]}
    for kind, path in zip(("medicalpatchnet", "cnn"), weights, strict=True):
        assert told[kind]["facts"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert told[kind]["origin"] == "own" and "PyTorch" in told[kind]["facts"]["Computed by"]
    assert content["error"] == "" and content["must_not"] and content["limits"] and content["privacy"]


def test_every_method_of_the_registry_is_told_with_its_paper(catalogue: Catalogue, engine: Engine) -> None:
    told = make(catalogue, engine).content()["methods"]
    assert [method["label"] for method in told] == [entry.label for entry in EXPLAINERS.values()]
    assert all(method["words"] and method["paper"] and method["negative"] for method in told)


def test_weights_that_cannot_be_loaded_are_one_sentence_and_the_rest_is_there(catalogue: Catalogue) -> None:
    content = make(catalogue, Engine(Settings(patchnet="missing.safetensors"))).content()
    assert "missing.safetensors" in content["error"] and content["models"] == [] and content["methods"]


def test_there_is_a_card_for_the_official_and_both_demonstration_weights() -> None:
    assert len(cards()) == 3 and all(len(text) > 500 for text in cards().values())


def test_a_host_that_does_not_allow_it_gets_nothing(catalogue: Catalogue, engine: Engine, tmp_path: Path) -> None:
    about = make(catalogue, engine, fetch=False, sample=tmp_path / "sample")
    state = about.get("sample")
    assert state["allowed"] is False and not state["sample"]["running"] and not (tmp_path / "sample").exists()
    assert not any(job["running"] for job in (about.get("nonsense")["weights"], about.getting()["sample"]))


def test_the_public_radiographs_appear_in_the_list_once_they_are_here(
    engine: Engine, sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from data_cache import sample

    def from_copy(out: Path, _: None, show: Show) -> Path:
        return sample.fetch_sample(out, str(sample_root), show)

    monkeypatch.setattr("ui.about.fetch_sample", from_copy)
    catalogue = Catalogue(None)
    about = make(catalogue, engine, sample=tmp_path / "sample")
    before = len(catalogue)
    about.get("sample")
    state = finished(about, "sample")
    assert state["here"] and state["error"] == "" and state["done"] == state["total"] > 0
    assert len(catalogue) == before + 2 and catalogue.rows()[0]["id"].startswith("patient64541")


def test_new_weights_speak_without_a_restart_and_opened_cases_are_let_go(
    catalogue: Catalogue, weights: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(backend="torch-cpu")
    engine, visits, visitor = Engine(settings), Visits(1), Session()
    about = About(catalogue, engine, Settings(), visits)
    assert {model.info.origin for model in engine.models()} == {"demo"}
    visits.arrived("key", visitor)
    visitor.reading("case", catalogue.get(catalogue.rows()[0]["id"]))

    def fetched(_: Show) -> None:
        own = dict(zip(("medicalpatchnet", "cnn"), weights, strict=True))
        monkeypatch.setattr("models.checkpoints.cached_path", own.get)
        monkeypatch.setattr("models.checkpoints._refuse_changed_official", lambda *_: None)

    monkeypatch.setattr("models.fetching.fetch_official", fetched)
    monkeypatch.setattr(about, "_has_weights", lambda: False)
    about._jobs["weights"]._here = lambda: False
    about.get("weights")
    assert finished(about, "weights")["error"] == ""
    assert {model.info.origin for model in engine.models()} == {"own"}
    assert visitor.current is None


def test_a_failed_download_is_one_sentence_and_can_be_tried_again() -> None:
    tries = []

    def get(show: Show) -> None:
        tries.append(1)
        with show("file.bin") as progress:
            progress(5, 10)
        raise InputError("Expected to reach the server,\nbut there is no connection; try again later.")

    job = Job(get, lambda: False)
    for _ in range(2):
        job.start()
        end = time.monotonic() + 30
        while job.state()["running"] and time.monotonic() < end:
            time.sleep(0.01)
    assert len(tries) == 2
    assert job.state()["error"] == "Expected to reach the server, but there is no connection; try again later."
    assert (job.state()["file"], job.state()["done"], job.state()["total"]) == ("file.bin", 5, 10)
