"""The check over runs: what each model is asked, and what it is judged by."""

from functools import partial

import numpy as np
import pytest

from evaluation.one_map.comparing import Comparison, Effort, Way
from evaluation.trust import one_map
from evaluation.trust.base import Subject
from evaluation.trust.one_map import ENTRY, TOO_MANY
from models.classification.reasons import NOT_PREDICTED
from tests.evaluation.one_map.test_comparing import FINDING, models, run_of  # noqa: F401  a fixture


def numbers(rows):
    return {(one.metric, one.setting): np.array([one.value]) for one in rows if not np.isnan(one.value)}


def test_each_model_is_asked_and_the_one_of_patches_is_judged(models, monkeypatch):  # noqa: F811
    monkeypatch.setattr(one_map, "Effort", partial(Effort, pairs=2, steps=32))
    runs = {name: run_of(model) for name, model in models.items()}
    found = ENTRY.measure(Subject(None, runs, FINDING))
    values = numbers(found)
    key = "timm:test_efficientnet"  # of both
    assert values["from_raw", f"{key}, occlusion"] < 1e-5 > values["from_raw", f"{key}, surrogate"]
    assert values["unaccounted", f"{key}, raw"] < 1e-5
    assert {metric for metric, _ in values} == set(ENTRY.metrics)
    verdict = ENTRY.verdict(values)
    assert verdict.passed and "passes up to 1e-05" in verdict.words
    values["from_raw", f"{key}, occlusion"] = np.array([1e-6, 2e-5])
    assert not ENTRY.verdict(values).passed
    assert ENTRY.verdict({("difference", "cnn"): np.array([3.0])}) is None

    undefined = ENTRY.measure(Subject(None, {"whole": runs["whole"]}, "Pneumonia"))
    assert {one.reason for one in undefined} == {NOT_PREDICTED} and {one.setting for one in undefined} == {"whole"}
    monkeypatch.setattr("evaluation.one_map.covering.MOST_ACROSS", 3)
    assert {one.reason for one in ENTRY.measure(Subject(None, {"p": runs["patches"]}, FINDING))} == {TOO_MANY}


@pytest.mark.parametrize("off", [2e-5, 9e-4])
def test_integrated_gradients_are_judged_by_their_own_error(off, monkeypatch):
    flat = np.zeros((2, 2))
    ways = (Way("raw", flat, 0.0, 0), Way("occlusion", flat, 0.0, 5), Way("gates", flat + off, 1e-4, 34))
    rows = list(one_map._numbers(Comparison("m", FINDING, 1.0, 1.0, ways)))
    assert {(row.metric, row.reason) for row in rows if row.reason} == {
        ("lowest_rank", "constant map"),
        ("highest_rank", "constant map"),
    }
    assert ENTRY.verdict(numbers(rows)).passed == (off < 1e-4)
