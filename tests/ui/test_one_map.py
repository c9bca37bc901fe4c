"""The panel's requests: a price, a comparison with its progress, and what ends it."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

from evaluation.one_map.comparing import Effort
from models.registry import DEFAULT_MODELS
from tests.ui.kept import keep
from tests.ui.worlds import write_weights
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.messages import Message
from ui.session import Session
from ui.settings import Settings

FINDING = "Edema"
CELLS = {"medicalpatchnet": 16, "cnn": 64}
# Passes of each model with the effort below.
LITTLE = {key: 2 + 3 * (cells + 1) + (3 * cells + 2) + 2 * 9 for key, cells in CELLS.items()}


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.one_map.comparing.Effort", partial(Effort, pairs=1, steps=8))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Models of small images and few patches, for there are hundreds of passes."""
    patchnet, cnn = map(str, write_weights(tmp_path_factory.mktemp("weights"), 32, 8))
    return Engine(Settings(models={"medicalpatchnet": patchnet, "cnn": cnn}, backend="torch-cpu"))


@pytest.fixture(scope="module")
def explore(catalogue: Catalogue, engine: Engine) -> Explore:
    return Explore(catalogue, engine, keep)


@pytest.fixture
def session(explore: Explore, catalogue: Catalogue) -> Session:
    visitor = Session()
    list(explore.open(visitor, catalogue.rows()[0]["id"]))
    return visitor


def asked(explore: Explore, session: Session, what: str = "start", *models: str, finding: str = FINDING) -> Any:
    return explore.compare(session, {"what": what, "finding": finding, "models": list(models)})


def test_what_it_costs_is_said_before_and_a_comparison_costs_no_more(explore: Explore, session: Session) -> None:
    """Of the model of patches, whose occlusion is its raw map; of both at once it is thorough, below."""
    (offer,) = list(asked(explore, session, "price"))
    offers = offer["compared"]["offers"]
    assert [(one["key"], one["chosen"], one["passes"]) for one in offers] == [
        (key, True, LITTLE[key]) for key in DEFAULT_MODELS
    ]
    counted = dict(session.current.counted) if session.current else {}

    turn, messages = (
        session.turn,
        [message["compared"] for message in asked(explore, session, "start", "medicalpatchnet")],
    )
    last = messages[-1]
    assert session.turn == turn and session.current is not None and dict(session.current.counted) == counted
    assert {message["state"] for message in messages[:-1]} <= {"waiting", "running"} and last["state"] == "done"
    shares = [message["share"] for message in messages]
    assert shares == sorted(shares) and 0.99 < shares[-1] <= 1
    (patches,) = last["models"]
    assert [way["key"] for way in patches["ways"]] == ["raw", "occlusion", "shapley", "gates", "surrogate"]
    raw, occlusion = (np.array(way["shares"]) for way in patches["ways"][:2])
    np.testing.assert_allclose(occlusion, raw, atol=1e-5)
    assert np.abs(raw).max() > 1e-3 and patches["limit"] >= np.abs(raw).max()
    for message in messages[1:-1]:  # how many come in between, and what time is left then, is the machine's speed
        assert re.fullmatch(rf"\d+ of at most {LITTLE['medicalpatchnet']} passes(, .* left)?", message["words"])

    (again,) = list(asked(explore, session, "price"))
    assert again["compared"]["offers"][0]["seconds"] > 0  # it has learnt what a pass takes


@pytest.mark.thorough
def test_two_models_are_compared_beside_each_other(explore: Explore, session: Session) -> None:
    *_, last = [message["compared"] for message in asked(explore, session, "start", *DEFAULT_MODELS)]
    patches, cnn = last["models"]
    assert last["state"] == "done" and len(patches["ways"]) == 5
    assert [way["key"] for way in cnn["ways"]] == ["occlusion", "shapley", "gates", "surrogate"]
    assert cnn["ways"][1]["error"] is None and not cnn["one"] and "different answers" in cnn["words"]  # one pair alone
    assert len(cnn["pairs"]) == 6


def test_what_this_host_does_not_make_is_refused(
    explore: Explore, session: Session, catalogue: Catalogue, engine: Engine
) -> None:
    mean = Explore(catalogue, engine, keep, passes=LITTLE["medicalpatchnet"] - 1)
    (offer,) = list(asked(mean, session, "price"))
    assert not any(one["chosen"] for one in offer["compared"]["offers"])
    (message,) = list(asked(mean, session, "start", "cnn"))
    most, found = LITTLE["medicalpatchnet"] - 1, LITTLE["cnn"]
    words = message["compared"]["words"]
    assert f"at most {most} passes a model on this host (EXPLORER_PASSES), found {found}" in words


def begun(explore: Explore, session: Session) -> Iterator[Message]:
    """A comparison of which the first maps have come."""
    messages = asked(explore, session, "start", "cnn")
    for message in messages:
        if message["compared"]["models"]:
            break
    return messages


def test_it_ends_when_it_is_stopped_or_another_case_is_opened(
    explore: Explore, session: Session, catalogue: Catalogue
) -> None:
    under_way = begun(explore, session)
    assert list(asked(explore, session, "stop")) == []
    *_, last = under_way
    assert last["compared"]["state"] == "stopped" and last["compared"]["share"] < 0.9

    under_way = begun(explore, session)
    first = session.current
    list(explore.open(session, catalogue.rows()[1]["id"]))
    *_, last = under_way
    assert last["compared"]["state"] == "stopped" and first is not None and last["compared"]["case"] == first.key


WRONG = [
    ({"what": "start", "finding": FINDING, "models": []}, "", "at least one model to ask, found none; choose one."),
    ({"what": "start", "finding": FINDING, "models": ["raw"]}, "", "one of this page's models (medicalpatchnet, cnn)"),
    (
        {"what": "start", "finding": "Influenza", "models": ["cnn"]},
        "error",
        "one of the 14 findings, found 'Influenza'",
    ),
    ({"what": "all", "finding": FINDING, "models": ["cnn"]}, "error", "found something else; reload the page."),
    (7, "error", "found something else; reload the page."),
]


@pytest.mark.parametrize(("sent", "where", "words"), WRONG)
def test_what_is_wrong_is_one_sentence(explore: Explore, session: Session, sent: Any, where: str, words: str) -> None:
    (message,) = list(explore.compare(session, sent))
    said = message["error"] if where else message["compared"]["words"]
    assert words in said and (where or message["compared"]["state"] == "failed")
    (message,) = list(explore.compare(Session(), {"what": "price", "finding": FINDING, "models": []}))
    assert message["error"] == "Expected an open case, found none; open one first."
