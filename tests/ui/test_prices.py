"""Maps of many passes on the page: nothing starts by itself, coarse first, what was stopped goes on, and the limit."""

from collections.abc import Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from data_cache.errors import InputError
from explainers.pairs import parse_pair
from explainers.run import explain_all
from models.choosing import default_weights
from models.predictor import load_predictor
from tests.models.networks import write_timm
from tests.ui.kept import keep, kept
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.making import made
from ui.messages import Message
from ui.prices import refuse_beyond, set_aside
from ui.session import OpenCase, Session
from ui.settings import Settings

NAME = "occlusion@cnn"
FINE = {"window": 32, "stride": 8}  # of 128 pixels 25², 13² and 16 passes in three stages, of which each holds the next
PASSES = 13**2


@pytest.fixture(scope="module")
def explore(catalogue: Catalogue, weights: Any) -> Explore:
    patchnet, cnn = map(str, weights)
    models = default_weights() | {"medicalpatchnet": patchnet, "cnn": cnn}
    return Explore(catalogue, Engine(Settings(models=models, backend="torch-cpu")), keep, passes=200)


@pytest.fixture
def session(explore: Explore) -> Session:
    session = Session()
    list(explore.open(session, explore.catalogue.rows()[0]["id"], {"names": ["gradcam"]}))
    return session


def asked(start: bool = False, **values: Any) -> dict[str, Any]:
    parameters = {NAME: values} if values else {}
    return {"names": ["gradcam", NAME], "parameters": parameters, "start": [NAME] if start else []}


def reading_of(session: Session) -> OpenCase:
    assert session.current is not None
    return session.current


def answer(messages: Iterator[Message]) -> Message:
    return list(messages)[-1]


def test_a_dear_map_is_offered_and_nothing_is_computed(explore: Explore, session: Session) -> None:
    reading = reading_of(session)
    before = reading.counted.total()
    last = answer(explore.explain(session, asked(**FINE)))
    assert NAME not in last["maps"] and not last["busy"] and reading.counted.total() == before
    price = last["prices"][NAME]
    assert (price["state"], price["share"]) == ("offered", 0) and price["parameters"] == {**FINE, "baseline": "mean"}
    assert price["words"].startswith("About ") and price["words"].endswith(f" (an estimate); {PASSES} passes.")
    again = answer(explore.open(session, reading.key, {"names": ["gradcam", NAME]}))
    assert again["prices"] == last["prices"] and reading_of(session).counted.total() == before


def test_a_case_opens_with_the_price_alone(explore: Explore) -> None:
    session, case = Session(), explore.catalogue.rows()[1]["id"]
    messages = list(explore.open(session, case, {"names": ["gradcam", NAME, "rise"], "start": [NAME]}))
    assert list(messages[-1]["maps"]) == ["gradcam"] and list(messages[-1]["prices"]) == [NAME, "rise"]
    assert messages[-1]["prices"]["rise"]["state"] == "refused" and not any(message["long"] for message in messages)
    assert reading_of(session).counted == {"cnn": 1, "medicalpatchnet": 1}


def test_started_it_comes_coarse_first_and_has_no_price_in_the_end(explore: Explore, session: Session) -> None:
    messages = list(explore.explain(session, asked(start=True, **FINE)))
    strides = [one["maps"][NAME]["parameters"]["stride"] for one in messages if NAME in one["maps"]]
    assert sorted(set(strides), reverse=True) == [32, 16, 8] and strides == sorted(strides, reverse=True)
    making = [message["prices"][NAME] for message in messages[:-1] if NAME in message["prices"]]
    assert making and all(price["state"] == "making" for price in making)
    shares = [price["share"] for price in making]
    assert shares == sorted(shares) and 0 < shares[-1] <= 1 and "49 of 169 passes, about" in making[-1]["words"]
    assert messages[-1]["prices"] == {} and not messages[-1]["busy"]
    reading = reading_of(session)
    expected = explain_all(reading.runs, (NAME,), {NAME: FINE})[NAME]
    np.testing.assert_array_equal(kept(messages[-1]["maps"][NAME]), expected.maps)


def test_what_was_stopped_keeps_its_coarse_map_and_goes_on_where_it_was(explore: Explore, session: Session) -> None:
    reading = reading_of(session)
    running = explore.explain(session, asked(start=True, **FINE))
    assert any(NAME in message["maps"] for message in islice(running, 50))
    explore.stop(session)
    *_, last = running
    price = last["prices"][NAME]
    assert price["state"] == "offered" and 0 < price["share"] < 1 and "of 169 passes left" in price["words"]
    assert last["maps"][NAME]["parameters"]["stride"] > 8 and reading.making is None and not reading.lock.locked()
    before = reading.counted["cnn"]
    last = answer(explore.explain(session, asked(start=True)))  # with what was asked for, though the map is coarse
    assert last["maps"][NAME]["parameters"]["stride"] == 8 and last["prices"] == {}
    assert reading.counted["cnn"] - before == round(PASSES * (1 - price["share"]))


def test_a_map_is_kept_when_its_price_is_not_paid(explore: Explore, session: Session) -> None:
    coarse = {**FINE, "stride": 32}
    explore.explain(session, asked(start=True, **coarse))
    list(explore.explain(session, asked(start=True, **coarse)))
    last = answer(explore.explain(session, asked(**FINE)))
    assert last["prices"][NAME]["state"] == "offered" and last["maps"][NAME]["parameters"]["stride"] == 32
    last = answer(explore.explain(session, asked(**coarse)))
    assert last["prices"] == {} and last["maps"][NAME]["parameters"]["stride"] == 32


def test_more_than_the_host_makes_is_refused_with_what_to_do(explore: Explore, session: Session) -> None:
    sentence = "Expected at most 200 passes for a map on this host (EXPLORER_PASSES), found 2,402 for Occlusion, CNN"
    dear = {"window": 32, "stride": 2}
    price = answer(explore.explain(session, asked(**dear)))["prices"][NAME]
    assert price["state"] == "refused" and price["words"].startswith(sentence)
    (message,) = explore.explain(session, asked(start=True, **dear))
    assert message["error"] == price["words"] and message["at"] == NAME
    assert ": choose parameters that take fewer, or use `python -m explainers run`" in price["words"]
    with pytest.raises(
        InputError, match=r"for Occlusion, CNN: ask for other methods, or use `python"
    ):  # as programs read
        refuse_beyond(NAME, reading_of(session).offered[NAME], None, 1, "ask for other methods")
    (message,) = explore.refine(session, 16, {"names": ["raw"]})
    assert "found 256 for Raw patch map" in message["error"]
    refuse_beyond(NAME, reading_of(session).offered[NAME], reading_of(session).model("cnn"), 2402)


def test_a_pane_whose_parameters_do_not_fit_says_so_before_any_price(explore: Explore, session: Session) -> None:
    (message,) = explore.explain(session, asked(window=500))
    assert "Expected a window of at most 128 pixels" in message["error"] and message["at"] == NAME


def test_a_model_that_cannot_give_a_map_is_refused_and_not_asked_what_it_costs(tmp_path: Path) -> None:
    model = load_predictor(
        write_timm(tmp_path, "test_vit", input_size=160, findings=["Edema"]), "timm:test_vit", "torch-cpu"
    )
    name = "scorecam@timm:test_vit"
    parameters = parse_pair(name).entry.parse(None)
    with pytest.raises(InputError, match=r"^Expected a model that scorecam can explain: .*; timm:test_vit has "):
        refuse_beyond(name, parameters, model, 9)
    reading: Any = SimpleNamespace(model=lambda _key: model, offered={}, runs={})
    assert set_aside(reading, [name], {name: parameters}) == {} == reading.offered


def test_a_price_rests_on_passes_of_its_own_kind(
    explore: Explore, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradients come back through PyTorch, whatever computes the first look: neither says how long the other takes."""
    reading = reading_of(session)
    monkeypatch.setattr(explore, "_pace", {})  # of other tests
    reading.pace = {("cnn", "pass"): 1.0}
    gradients = "integrated@cnn"
    asked_for = {"names": [NAME, gradients], "parameters": {NAME: FINE, gradients: {"steps": 8}}}
    prices = answer(explore.explain(session, asked_for))["prices"]
    assert prices[NAME]["words"].startswith("About 3 min") and "About" not in prices[gradients]["words"]
    reading.pace["cnn", "gradients"] = 3600.0
    prices = answer(explore.explain(session, asked_for))["prices"]
    assert prices[NAME]["words"].startswith("About 3 min") and prices[gradients]["words"].startswith("About")
    reading.pace["cnn", "perturbation"] = 2.0
    assert answer(explore.explain(session, asked_for))["prices"][NAME]["words"].startswith("About 6 min")
    list(
        explore.explain(
            session,
            {**asked_for, "parameters": {NAME: {**FINE, "stride": 32}, gradients: {"steps": 8}}, "start": [NAME]},
        )
    )
    assert reading.pace["cnn", "pass"] == 1.0 and 0 < reading.pace["cnn", "perturbation"] < 2.0


def test_the_first_price_rests_on_the_first_look_alone(explore: Explore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on the first map, which also waits for what its method computes with to be loaded."""
    ticks = {"explainers.model_run.perf_counter": 0.25, "explainers.run.perf_counter": 9.0}
    for clock, step in ticks.items():
        monkeypatch.setattr(clock, partial(next, count(step=step)))
    case = explore.catalogue.first
    assert case is not None
    reading = OpenCase.of(case, "fresh")
    runs = reading.prepare(explore._engine.models())
    list(made(reading, runs, {"gradcam": parse_pair("gradcam").entry.parse(None)}, lambda: False))
    assert reading.pace == {("cnn", "pass"): 0.25, ("medicalpatchnet", "pass"): 0.25}
