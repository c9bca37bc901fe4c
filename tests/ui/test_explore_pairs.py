"""Any methods on any models in the tab's requests: a third model and two odd methods pass like all others."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from data_cache.findings import FINDINGS
from explainers.run import explain_all
from models.choosing import default_weights
from tests.toys.models import NOT_PREDICTED, PREDICTED, write_five
from tests.toys.registering import registered_toys
from tests.ui.kept import keep, kept
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.exports.making import make_export
from ui.exports.pdf import draw_page
from ui.exports.report import Report
from ui.exports.request import State
from ui.messages import Message
from ui.session import Session
from ui.settings import Settings

FIRST = ["raw", "scaled", "gradcam", "gradcam++", "eigencam", "toy-bright", "toy-patches"]
FIVE = "toy-bright@toy-five"


@pytest.fixture(scope="module")
def explore(catalogue: Catalogue, weights: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explore]:
    patchnet, cnn = map(str, weights)
    five = str(write_five(tmp_path_factory.mktemp("five"), input_size=128))
    models = default_weights() | {"medicalpatchnet": patchnet, "cnn": cnn, "toy-five": five}
    with registered_toys():
        yield Explore(catalogue, Engine(Settings(models=models, backend="torch-cpu")), keep)


@pytest.fixture
def session(explore: Explore) -> Session:
    session = Session()
    list(explore.open(session, explore.catalogue.rows()[0]["id"]))
    return session


def answer(messages: Iterator[Message]) -> Message:
    return list(messages)[-1]


def test_opening_a_case_asks_every_loaded_model_and_shows_the_quick_methods(explore: Explore) -> None:
    last = answer(explore.open(Session(), explore.catalogue.rows()[0]["id"]))
    assert list(last["maps"]) == FIRST and not last["busy"]
    assert set(last["probabilities"]) == {"medicalpatchnet", "cnn", "toy-five"}
    said = dict(zip(FINDINGS, last["probabilities"]["toy-five"], strict=True))
    assert all(said[finding] is None for finding in NOT_PREDICTED) and all(0 < said[name] < 1 for name in PREDICTED)
    assert [model["key"] for model in last["models"]] == ["medicalpatchnet", "cnn", "toy-five"]
    assert "attention" in last["models"][2]["capabilities"] and json.dumps(last["probabilities"], allow_nan=False)
    assert list(last["patches"]) == ["medicalpatchnet"]


def test_only_the_panes_on_show_are_explained(explore: Explore) -> None:
    session = Session()
    case = explore.catalogue.rows()[0]["id"]
    last = answer(explore.open(session, case, {"case": case, "names": [FIVE, "gradcam"]}))
    assert list(last["maps"]) == [FIVE, "gradcam"] and last["progress"] is None
    assert session.current is not None and session.current.counted == {"medicalpatchnet": 1, "cnn": 1, "toy-five": 1}
    assert np.isnan(kept(last["maps"][FIVE])[FINDINGS.index(NOT_PREDICTED[0])]).all()
    assert last["patches"]["medicalpatchnet"]["shape"] == [14, 8, 8]  # though no pane shows them


def test_a_new_pane_costs_no_pass_that_was_made(explore: Explore, session: Session) -> None:
    reading = session.current
    assert reading is not None
    before = dict(reading.counted)
    last = answer(explore.explain(session, {"names": [*FIRST, FIVE], "parameters": {}}))
    assert list(last["maps"]) == [*FIRST, FIVE] and dict(reading.counted) == before
    expected = explain_all(reading.runs, (FIVE,))[FIVE]
    np.testing.assert_array_equal(kept(last["maps"][FIVE]), expected.maps)


def test_a_changed_parameter_replaces_just_that_map(explore: Explore, session: Session) -> None:
    reading = session.current
    assert reading is not None
    before = dict(reading.explanations)
    asked = {"names": FIRST, "parameters": {"toy-patches": {"power": 2}}}
    last = answer(explore.explain(session, asked))
    assert last["maps"]["toy-patches"]["parameters"] == {"power": 2}
    assert [name for name in FIRST if reading.explanations[name] is not before[name]] == ["toy-patches"]
    logits = reading.patch_logits["medicalpatchnet"]
    np.testing.assert_allclose(kept(last["maps"]["toy-patches"]), logits * np.abs(logits), rtol=1e-6)
    assert len(list(explore.explain(session, asked))) == 1  # it is there already


@pytest.mark.parametrize(
    ("asked", "words", "at"),
    [
        ({"names": ["lime"]}, "Unknown method 'lime'", None),
        ({"names": ["raw@toy-five"]}, "it needs logits of patches; toy-five has", None),
        (
            {"names": FIRST, "parameters": {"toy-patches": {"power": 7}}},
            "less than or equal to 3, found 7",
            "toy-patches",
        ),
        ({"names": FIRST, "parameters": {"gradcam": {"layer": "nose"}}}, "Unknown layer 'nose'", "gradcam"),
        ({"names": FIRST, "parameters": {"raw": {"shift_steps": 3}}}, "shift_steps|divides|patch", "raw"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence_and_nothing_is_lost(
    explore: Explore, session: Session, asked: dict[str, Any], words: str, at: str | None
) -> None:
    reading, turn = session.current, session.turn
    assert reading is not None
    before = dict(reading.explanations)
    (message,) = explore.explain(session, asked)
    assert re.search(words, message["error"]) and message.get("at") == at
    assert reading.explanations == before and session.turn == turn  # what is under way would go on


def test_refining_raises_what_can_be_refined_and_leaves_the_rest(explore: Explore, session: Session) -> None:
    last = answer(explore.refine(session, 2, {"names": [*FIRST, FIVE]}))
    shapes = {name: one["shape"][1] for name, one in last["maps"].items()}
    assert shapes == {"raw": 16, "scaled": 16, "gradcam": 4, "gradcam++": 4, "eigencam": 4, "toy-bright": 16,
                      "toy-patches": 8, FIVE: 16}  # fmt: skip
    assert last["progress"]["words"] == "16×16 cells"


def test_what_was_chosen_holds_for_the_next_case_but_how_fine_its_maps_are_does_not(
    explore: Explore, session: Session
) -> None:
    chosen = {"names": FIRST, "parameters": {"toy-patches": {"power": 3}, "raw": {"edge": "covered"}}}
    first, second = (row["id"] for row in explore.catalogue.rows()[:2])
    answer(explore.refine(session, 2, {"names": FIRST}))
    last = answer(explore.open(session, second, chosen))
    assert last["maps"]["toy-patches"]["parameters"] == {"power": 3}
    assert last["maps"]["raw"]["parameters"] == {"shift_steps": 1, "edge": "covered"}
    back = answer(explore.open(session, first, chosen))
    assert back["maps"]["raw"]["parameters"] == {"shift_steps": 2, "edge": "covered"}


def test_a_bad_wish_when_a_case_is_opened_leaves_the_open_one(explore: Explore, session: Session) -> None:
    before = session.current
    (message,) = explore.open(session, explore.catalogue.rows()[1]["id"], {"names": ["lime"]})
    assert "lime" in message["error"] and session.current is before


def exported(session: Session, what: str, **changes: Any) -> bytes:
    assert session.current is not None
    return make_export(session.current, what, {"finding": NOT_PREDICTED[0]} | changes)[0]


def test_every_export_takes_any_pair_and_says_what_is_not_predicted(explore: Explore, session: Session) -> None:
    names = ["raw", "toy-patches", FIVE, "toy-bright@cnn"]
    answer(explore.explain(session, {"names": names}))
    for finding in (NOT_PREDICTED[0], PREDICTED[0]):
        content = json.loads(exported(session, "json", methods=names, finding=finding))
        assert list(content["methods"]) == names and content["methods"][FIVE]["model"] == "toy-five"
        assert (
            content["methods"][FIVE]["undefined"] == {}
            or "not predicted" in content["methods"][FIVE]["undefined"].values()
        )
        assert content["probabilities"]["toy-five"][NOT_PREDICTED[0]] is None
    rows = [row.split(",") for row in exported(session, "csv", methods=[FIVE]).decode("utf-8-sig").splitlines()]
    head, *rows = rows
    by_finding = {row[head.index("finding")]: dict(zip(head, row, strict=True)) for row in rows}
    gap = by_finding[NOT_PREDICTED[0]]
    assert (
        gap["method"] == FIVE
        and gap["probability"] == gap["logit"] == gap["iou"] == ""
        and gap["reason"] == "not predicted"
    )
    assert 0 < float(by_finding[PREDICTED[0]]["probability"]) < 1
    with np.load(BytesIO(exported(session, "npz", methods=names)), allow_pickle=False) as archive:
        assert set(names) <= set(archive) and np.isnan(archive[FIVE][FINDINGS.index(NOT_PREDICTED[0])]).all()


def test_the_printed_page_has_room_for_twelve_maps_and_names_their_models(explore: Explore, session: Session) -> None:
    names = [*FIRST, FIVE, "toy-bright@cnn"]
    answer(explore.explain(session, {"names": names}))
    assert session.current is not None
    state = State.of({"finding": "Edema", "methods": names})
    texts = [text.get_text() for text in draw_page(Report.of(session.current, state)).texts]
    assert "Brightness, Five" in texts and "n/p" in texts and any("n/p: not predicted" in text for text in texts)
