"""Listed cases: worked out once, however many open them at once; kept for a while; other models start anew."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from explainers.model_run import ModelRun
from tests.ui.kept import keep, kept
from ui import explore as explore_module
from ui.catalogue import Catalogue
from ui.engine import Engine
from ui.explore import Explore
from ui.listed import Listed
from ui.session import OpenCase, Session

PEOPLE = 8


@pytest.fixture
def explore(catalogue: Catalogue, engine: Engine) -> Explore:
    engine.models()
    return Explore(catalogue, engine, keep)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The model of each forward pass that is made."""
    made: list[str] = []
    original = ModelRun.passed

    def noted(self: ModelRun) -> None:
        made.append(self.key)
        original(self)

    monkeypatch.setattr(ModelRun, "passed", noted)
    yield made


def test_many_who_open_one_case_wait_for_one_computation(
    explore: Explore, catalogue: Catalogue, passes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = OpenCase.of.__func__  # type: ignore[attr-defined]

    def noted(cls: type[OpenCase], case: Any, key: str) -> OpenCase:
        read.append(key)
        return original(cls, case, key)

    monkeypatch.setattr(OpenCase, "of", classmethod(noted))
    case = catalogue.rows()[2]["id"]
    answers: list[Any] = [None] * PEOPLE
    together = threading.Barrier(PEOPLE)

    def open_it(number: int) -> None:
        together.wait()
        answers[number] = list(explore.open(Session(), case))[-1]

    threads = [threading.Thread(target=open_it, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [case] and sorted(passes) == ["cnn", "medicalpatchnet"]
    for answer in answers:
        assert not answer.get("error") and not answer["busy"] and set(answer["maps"]) == set(answers[0]["maps"])
        assert answer["probabilities"] == answers[0]["probabilities"]
        for name, content in answer["maps"].items():
            assert np.array_equal(kept(content), kept(answers[0]["maps"][name]))


def test_what_one_refines_is_the_own(explore: Explore, catalogue: Catalogue, passes: list[str]) -> None:
    case, first, second = catalogue.rows()[0]["id"], Session(), Session()
    list(explore.open(first, case))
    fine = list(explore.refine(first, 4))[-1]
    count = len(passes)
    coarse = list(explore.open(second, case))[-1]
    assert len(passes) == count
    assert fine["maps"]["raw"]["shape"][1] == 32 and coarse["maps"]["raw"]["shape"][1] == 8
    finer = list(explore.refine(second, 2))[-1]
    assert finer["maps"]["raw"]["shape"][1] == 16 and len(passes) == count + 3  # of the four shifts one was known
    assert list(explore.open(first, case))[-1]["maps"]["raw"]["shape"][1] == 32


def test_who_leaves_in_the_middle_lets_the_next_one_go_on(
    explore: Explore, catalogue: Catalogue, passes: list[str]
) -> None:
    case = catalogue.rows()[1]["id"]
    first = explore.open(Session(), case)
    next(first)
    first.close()  # type: ignore[attr-defined]
    last = list(explore.open(Session(), case))[-1]
    assert len(last["maps"]) == 5 and sorted(passes) == ["cnn", "medicalpatchnet"]


def test_nobody_waits_for_ever_for_somebody_elses_computation(
    explore: Explore, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explore_module, "_LONGEST", 0.1)
    case = catalogue.rows()[3]["id"]
    abandoned = explore.open(Session(), case)
    next(abandoned)
    next(abandoned)  # the image was prepared, and the case is taken
    messages = list(explore.open(Session(), case))
    assert len(messages[-1]["maps"]) == 5 and not messages[-1]["busy"]
    abandoned.close()  # type: ignore[attr-defined]


def test_only_so_many_are_kept_and_other_models_start_anew(catalogue: Catalogue, engine: Engine) -> None:
    listed, models = Listed(most=2), engine.models()
    ids = [row["id"] for row in catalogue.rows()[:3]]
    for case_id in ids:
        reading = OpenCase.of(catalogue.get(case_id), case_id)
        reading.prepare(models)
        with listed.place(case_id, models) as place:
            assert place.enter(0)
            place.learn(reading, models)
    known = [listed.place(case_id, models).reading() for case_id in (ids[2], ids[1], ids[0])]
    assert [reading is not None for reading in known] == [True, True, False]
    others = dict(models)  # as after new weights were loaded
    assert listed.place(ids[0], others).reading() is None
    with listed.place(ids[2], others) as place:
        assert place.reading() is None
