"""The tab's requests, with narrow models and phantoms: what reaches the browser, and what an error leaves alone."""

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from data_cache.findings import FINDINGS
from explainers.registry import STANDARD
from explainers.run import explain_all
from models.choosing import default_weights
from tests.ui.kept import keep, kept
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.messages import Message
from ui.session import Session
from ui.settings import Settings


@pytest.fixture
def explore(catalogue: Catalogue, engine: Engine) -> Explore:
    return Explore(catalogue, engine, keep)


@pytest.fixture
def first_id(catalogue: Catalogue) -> str:
    return catalogue.rows()[0]["id"]


def png_bytes(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_radiograph_comes_at_once_and_then_every_method(explore: Explore, first_id: str) -> None:
    messages = list(explore.open(Session(), first_id))
    assert messages[0]["maps"] == {} and messages[0]["image"]["shape"] == [512, 512] and messages[0]["busy"]
    assert set(messages[-1]["maps"]) == set(STANDARD) and not messages[-1]["busy"]
    assert set(messages[-1]["probabilities"]) == {"medicalpatchnet", "cnn"}
    assert len({message["serial"] for message in messages}) == len(messages)
    assert [model["key"] for model in messages[-1]["models"]] == ["medicalpatchnet", "cnn"]


def test_maps_and_probabilities_are_the_explainers(explore: Explore, engine: Engine, first_id: str) -> None:
    session = Session()
    last = list(explore.open(session, first_id))[-1]
    reading = session.current
    assert reading is not None
    expected = explain_all(reading.prepare(engine.models()))
    for key, explanation in expected.items():
        assert np.array_equal(kept(last["maps"][key]), explanation.maps)
        probability = 1 / (1 + np.exp(-explanation.logits.astype(float)))
        assert last["probabilities"][explanation.model] == pytest.approx(probability.tolist(), abs=1e-6)


def test_demonstration_weights_are_cautioned_against_on_anything_but_phantoms(
    explore: Explore, first_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same picture: own weights say nothing about themselves, demonstration weights do; phantoms are theirs."""

    def reasons(messages: Iterator[Message]) -> list[set[str]]:
        assessments = list(messages)[-1]["assessments"]
        assert list(assessments) == list(explore._engine.keys)
        return [{reason["key"] for reason in one["reasons"]} for one in assessments.values()]

    picture = png_bytes(np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8))
    assert not any("demo_weights" in keys for keys in reasons(explore.read(Session(), picture, "chest.png")))
    for model in explore._engine.models().values():
        monkeypatch.setattr(model, "info", replace(model.info, origin="demo"))
    assert all("demo_weights" in keys for keys in reasons(explore.read(Session(), picture, "chest.png")))
    assert not any("demo_weights" in keys for keys in reasons(explore.open(Session(), first_id)))


def test_going_back_to_a_case_costs_no_forward_pass(explore: Explore, catalogue: Catalogue, first_id: str) -> None:
    session = Session()
    list(explore.open(session, first_id))
    list(explore.open(session, catalogue.rows()[1]["id"]))
    again = list(explore.open(session, first_id))
    assert len(again) == 1 and set(again[0]["maps"]) == set(STANDARD)
    assert session.current is not None and session.current.counted == {"medicalpatchnet": 1, "cnn": 1}


def test_refining_streams_from_coarse_to_fine_with_progress(explore: Explore, first_id: str) -> None:
    session = Session()
    list(explore.open(session, first_id))
    messages = list(explore.refine(session, 4))
    shapes = [message["maps"]["raw"]["shape"][1] for message in messages]
    assert shapes == sorted(shapes) and set(shapes) == {8, 16, 32}
    shares = [message["progress"]["share"] for message in messages]
    assert shares == sorted(shares) and shares[-1] == 1
    assert messages[-1]["progress"]["words"] == "32×32 cells" and not messages[-1]["busy"]
    assert set(messages[-1]["maps"]) == set(STANDARD)


def test_patch_logits_are_those_of_the_plain_grid_also_after_refining(explore: Explore, first_id: str) -> None:
    session = Session()
    last = list(explore.open(session, first_id))[-1]
    refined = list(explore.refine(session, 2))[-1]
    assert refined["maps"]["raw"]["shape"][1] == 16 and list(refined["patches"]) == ["medicalpatchnet"]
    assert np.array_equal(kept(refined["patches"]["medicalpatchnet"]), kept(last["patches"]["medicalpatchnet"]))
    mean = kept(refined["patches"]["medicalpatchnet"]).astype(float).mean(axis=(1, 2))
    assert (1 / (1 + np.exp(-mean))).tolist() == pytest.approx(refined["probabilities"]["medicalpatchnet"], abs=1e-5)


def test_passes_that_were_made_are_not_made_again_and_coarse_maps_not_shown_again(
    explore: Explore, first_id: str
) -> None:
    session = Session()
    list(explore.open(session, first_id))
    fine = list(explore.refine(session, 4))[-1]
    assert session.current is not None and session.current.counted["medicalpatchnet"] == 16
    offered = {each["steps"]: each for each in fine["progress"]["offered"]}
    assert list(offered) == [1, 2, 4, 8, 16]  # the patches are 16 pixels wide
    assert [offered[steps]["passes"] for steps in (4, 8)] == [16, 64]
    assert offered[4]["seconds"] == 0 < offered[8]["seconds"] < offered[16]["seconds"]
    coarse = list(explore.refine(session, 1))
    assert {message["maps"]["raw"]["shape"][1] for message in coarse[1:]} == {8}
    again = list(explore.refine(session, 4))
    assert {message["maps"]["raw"]["shape"][1] for message in again} == {32}
    assert np.array_equal(kept(again[-1]["maps"]["raw"]), kept(fine["maps"]["raw"]))
    assert session.current.counted["medicalpatchnet"] == 16


def test_stopping_keeps_what_has_come(explore: Explore, first_id: str) -> None:
    session = Session()
    list(explore.open(session, first_id))
    messages: list[Message] = []
    for message in explore.refine(session, 8):
        messages.append(message)
        if message["maps"]["raw"]["shape"][1] == 16:
            explore.stop(session)
    assert messages[-1]["maps"]["raw"]["shape"][1] < 64 and not messages[-1]["busy"]
    assert (
        messages[-1]["progress"]["share"] == 1
        and session.current is not None
        and session.current.counted["medicalpatchnet"] < 64
    )


def test_a_newer_request_ends_the_older_one(explore: Explore, catalogue: Catalogue, first_id: str) -> None:
    session = Session()
    list(explore.open(session, first_id))
    refinement = explore.refine(session, 8)
    next(refinement)
    opened = list(explore.open(session, catalogue.rows()[1]["id"]))
    rest = list(refinement)
    assert rest[-1]["progress"]["wanted"] < 8
    assert all(message["turn"] < opened[0]["turn"] for message in rest)


def test_steps_that_are_not_offered_do_nothing(explore: Explore, first_id: str) -> None:
    session = Session()
    (message,) = explore.refine(session, 2)
    assert "open it again" in message["error"]
    list(explore.open(session, first_id))
    assert list(explore.refine(session, 1024)) == []


def test_an_upload_is_explained_and_belongs_to_its_session_alone(explore: Explore) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120), dtype=np.uint8)
    session, other = Session(), Session()
    last = list(explore.read(session, png_bytes(pixels), "chest.png"))[-1]
    assert set(last["maps"]) == set(STANDARD) and last["masks"] is None
    assert last["case"]["source_label"] == "Upload" and last["case"]["labels"] == dict.fromkeys(FINDINGS)
    assert other.current is None


def test_two_uploads_of_one_name_are_two_cases(explore: Explore) -> None:
    session = Session()
    pictures = [png_bytes(np.full((64, 64), value, np.uint8) + np.arange(64, dtype=np.uint8)) for value in (0, 99)]
    first, second = (list(explore.read(session, picture, "chest.png"))[-1] for picture in pictures)
    assert first["case"]["key"] != second["case"]["key"]
    assert not np.array_equal(kept(first["image"]), kept(second["image"]))


def test_an_all_black_image_is_explained_with_a_warning(explore: Explore) -> None:
    last = list(explore.read(Session(), png_bytes(np.zeros((64, 64), np.uint8)), "black.png"))[-1]
    assert set(last["maps"]) == set(STANDARD)
    assert any("black" in warning for warning in last["case"]["warnings"])


BAD = {"empty": b"", "pdf": b"%PDF-1.7 no picture", "truncated": png_bytes(np.eye(64, dtype=np.uint8))[:60]}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_bad_upload_is_one_sentence_and_the_open_case_stays(explore: Explore, first_id: str, data: bytes) -> None:
    session = Session()
    list(explore.open(session, first_id))
    before = session.current
    (message,) = explore.read(session, data, "upload-3-1852.png")
    assert "upload-3-1852.png" in message["error"] and "case" not in message and not message["busy"]
    assert session.current is before
    assert list(explore.refine(session, 2))[-1]["progress"]["words"] == "16×16 cells"


def test_a_bad_upload_does_not_stop_what_is_under_way(explore: Explore, first_id: str) -> None:
    session = Session()
    list(explore.open(session, first_id))
    refinement = explore.refine(session, 2)
    next(refinement)
    (message,) = explore.read(session, b"no image", "scan.png")
    rest = list(refinement)
    assert rest[-1]["progress"]["words"] == "16×16 cells" and rest[-1]["turn"] == message["turn"]


def test_an_unknown_case_is_an_error_message(explore: Explore) -> None:
    (message,) = explore.open(Session(), "nobody")
    assert "reload the page" in message["error"]


def test_weights_that_are_not_there_are_one_sentence_and_the_radiograph_is_shown(
    catalogue: Catalogue, first_id: str
) -> None:
    broken = Explore(
        catalogue, Engine(Settings(models=default_weights() | {"medicalpatchnet": "missing.safetensors"})), keep
    )
    messages = list(broken.open(Session(), first_id))
    assert messages[0]["image"]["shape"] == [512, 512]
    assert "missing.safetensors" in messages[-1]["error"] and not messages[-1]["busy"]


def test_a_bug_is_logged_and_does_not_reach_the_page(
    explore: Explore, first_id: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("a secret path")

    monkeypatch.setattr("ui.making.explain", break_down)
    last = list(explore.open(Session(), first_id))[-1]
    assert "secret" not in last["error"] and "a secret path" in caplog.text


def test_only_a_few_cases_are_kept_in_memory(explore: Explore, catalogue: Catalogue) -> None:
    session = Session()
    for row in catalogue.rows()[:6]:
        next(iter(explore.open(session, row["id"])))
    assert len(session._readings) == 4


def test_a_case_laid_otherwise_is_read_anew_with_all_that_was_drawn_on_it(explore: Explore, engine: Engine) -> None:
    """Turned and inverted before anything looks at it: picture, masks and maps are those of such an image."""
    cases = (explore.catalogue.get(row["id"]) for row in explore.catalogue.rows())
    session, case = Session(), next(case for case in cases if case.drawn)
    plain = list(explore.open(session, case.id))[-1]
    laid = list(explore.open(session, case.id, {"orientation": "1i"}))[-1]
    assert laid["case"]["orientation"] == "1i" and laid["case"]["id"] == case.id
    assert "rotated 90° clockwise, black and white swapped for the models" in laid["case"]["facts"]
    assert laid["case"]["key"] != plain["case"]["key"] and laid["case"]["phantom"]
    side = plain["image"]["shape"][0]
    turned = 255 - np.rot90(kept(plain["image"]), -1).astype(int)
    assert np.abs(kept(laid["image"]).astype(int) - turned).max() <= 1
    bits = [np.unpackbits(kept(one["masks"])).reshape(-1, side, side) for one in (plain, laid)]
    assert laid["masks"]["findings"] == plain["masks"]["findings"]
    assert (np.rot90(bits[0], -1, axes=(1, 2)) != bits[1]).mean() < 1e-3  # a border pixel may be half covered
    reading = session.current
    assert reading is not None
    images = {key: run.image for key, run in reading.runs.items()}
    for key, model in engine.models().items():
        expected = 1 / (1 + np.exp(-model.logits(images[key][None])[0].astype(float)))
        assert laid["probabilities"][key] == pytest.approx(expected.tolist(), abs=1e-6)
    again = list(explore.open(session, case.id))
    assert len(again) == 1 and again[0]["case"]["orientation"] == ""
    assert "orientation" in list(explore.open(session, case.id, {"orientation": "7"}))[-1]["error"]
