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
from models.predictions import ModelInfo
from models.registry import MODELS
from tests.toys.models import FIVE, NOT_PREDICTED, write_five
from ui.about import About, cards, model_facts
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.fetch_jobs import Job
from ui.session import OpenCase, Session
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
    told = {model["key"]: model for model in content["models"]}
    for key, path in zip(("medicalpatchnet", "cnn"), weights, strict=True):
        assert told[key]["facts"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert told[key]["origin"] == "own" and "PyTorch" in told[key]["facts"]["Computed by"]
    assert content["error"] == "" and content["must_not"] and content["limits"] and content["privacy"]


def test_every_method_of_the_registry_is_told_with_its_paper(catalogue: Catalogue, engine: Engine) -> None:
    told = make(catalogue, engine).content()["methods"]
    assert [method["label"] for method in told] == [entry.label for entry in EXPLAINERS.values()]
    assert all(method["words"] and method["paper"] for method in told)
    assert [bool(method["negative"]) for method in told] == [e.view.sign == "signed" for e in EXPLAINERS.values()]
    explained = [[model["key"] for model in method["models"]] for method in told]
    both = ["medicalpatchnet", "cnn"]
    of = {
        "patch_logits": both[:1],
        "features": both[1:],
        "pooled_features": both[1:],
        "module": both,
        "logits": both,
        "rectified": [],
        "attention": [],
        "self-attention": [],
        "regions": [],
        "segments": [],
    }
    assert explained == [of[entry.needs.key.replace(" ", "_")] for entry in EXPLAINERS.values()]


def test_of_every_model_it_is_said_whose_it_is_and_what_it_does_not_predict(
    catalogue: Catalogue, weights: tuple[Path, Path], tmp_path: Path, toys: None
) -> None:
    models = dict(zip(("medicalpatchnet", "cnn"), map(str, weights), strict=True))
    settings = Settings(models={FIVE.key: str(write_five(tmp_path)), **models}, backend="torch-cpu")
    content = About(catalogue, Engine(settings), settings, Visits(1)).content()
    assert [model["key"] for model in content["models"]] == ["medicalpatchnet", "cnn", "toy-five"]
    patchnet, _, five = (model["facts"] for model in content["models"])
    assert "Not predicted" not in patchnet and "patch 16" in patchnet["Network"]
    missing, of = five["Not predicted"].split(" (")
    assert missing.split(", ") == list(NOT_PREDICTED) and of == "9 of 14)"
    assert [five[name] for name in ("By", "Licence", "Trained on")] == ["not stated by the file"] * 3
    assert five["A probability means"] == FIVE.provenance.probabilities
    explains = {method["label"]: [model["short"] for model in method["models"]] for method in content["methods"]}
    assert explains["Brightness"] == ["PatchNet", "CNN", "Five"] and explains["Patches to a power"] == ["PatchNet"]
    assert explains["Grad-CAM"] == ["CNN"]
    assert [method["negative"] for method in content["methods"] if method["label"] == "Brightness"] == [""]


def test_the_published_weights_say_whose_they_are() -> None:
    entry = MODELS["cnn"]
    assert entry.assumed is not None
    info = ModelInfo("cnn-official", "cnn", "official", "0", entry.assumed, "b", "p", "n", entry.provenance, "by hand")
    facts = model_facts(info)["facts"]
    of = entry.provenance
    assert [facts[name] for name in ("By", "Licence", "Trained on", "A probability means", "Maps")] == [
        *(of.owner, of.licence, of.trained_on, of.probabilities),
        "by hand",
    ]


def test_a_model_without_published_weights_offers_none(catalogue: Catalogue, engine: Engine, toys: None) -> None:
    about = About(catalogue, engine, Settings(models={FIVE.key: "five.safetensors"}), Visits(1))
    assert "weights" not in about.getting() and about.getting()["official"] == []
    assert [one["licence"] for one in make(catalogue, engine).getting()["official"]] == ["MIT", "MIT"]


def test_weights_that_cannot_be_loaded_are_one_sentence_and_the_rest_is_there(catalogue: Catalogue) -> None:
    content = make(catalogue, Engine(Settings(models={"cnn": "missing.safetensors"}))).content()
    assert "missing.safetensors" in content["error"] and content["models"] == [] and content["methods"]


def test_there_is_a_card_for_the_official_and_all_demonstration_weights(toys: None) -> None:
    embedded = [entry.label for entry in MODELS.values() if entry.embedded]
    assert [title.rpartition(" of ")[2] for title in cards()][1:] == embedded and embedded
    assert all(len(text) > 500 for text in cards().values())


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
    assert {model.info.origin for model in engine.models().values()} == {"demo"}
    visits.arrived("key", visitor)
    visitor.show(OpenCase.of(catalogue.get(catalogue.rows()[0]["id"]), "case"))

    def fetched(_: Show, keys: list[str]) -> None:
        own = {MODELS[key].official: path for key, path in zip(keys, weights, strict=True)}
        monkeypatch.setattr("models.checkpoints.cached_path", own.get)
        monkeypatch.setattr("models.checkpoints.damage", lambda *_: "")

    monkeypatch.setattr("models.fetching.fetch_official", fetched)
    monkeypatch.setattr(about, "_has_weights", lambda: False)
    about._jobs["weights"]._here = lambda: False
    about.get("weights")
    assert finished(about, "weights")["error"] == ""
    assert {model.info.origin for model in engine.models().values()} == {"own"}
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
