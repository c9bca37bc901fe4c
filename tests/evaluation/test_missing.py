"""What a map that is missing costs, on rows written by hand."""

import numpy as np
import pytest

from evaluation.missing import Lack, common, lacks, sentences, settled
from evaluation.scores import Scores
from evaluation.scoring import Row
from evaluation.tuning.reuse import Reuse, reuse

NAN = float("nan")


def row(method, case, lacking="", drawn=True, finding="Edema", hit=1.0):
    scores = Scores.undefined(lacking) if lacking else Scores({"hit": hit, "iou_tp": 0.5, "iou_all": 0.5})
    return Row(method, finding, case, scores, NAN, not lacking, lacking=lacking, drawn=drawn)


ROWS = [
    row("a", "1"),
    row("b", "1", "no map"),
    row("a", "2"),
    row("b", "2"),
    row("a", "3", "map refused"),
    row("b", "3"),
    row("b", "4", "no map", drawn=False),
    row("b", "1", "not predicted by the model", finding="Fracture"),
    row("b", "2", "not predicted by the model", finding="Fracture"),
]


def values(rows):
    return {
        (one.method, one.case, one.finding): [one.scores.values[m] for m in ("hit", "iou_tp", "iou_all")]
        for one in rows
    }


def test_a_missing_map_misses_what_is_drawn():
    found = values(settled(ROWS, "miss", ["a", "b"]))
    np.testing.assert_array_equal(found["b", "1", "Edema"], [0, NAN, 0])
    np.testing.assert_array_equal(found["a", "3", "Edema"], [0, NAN, 0])
    np.testing.assert_array_equal(found["b", "4", "Edema"], [NAN] * 3)
    assert found["a", "2", "Edema"] == [1, 0.5, 0.5]


def test_a_finding_is_not_missed_by_a_model_that_never_predicts_it_and_is_where_it_does():
    from models.classification.reasons import NOT_PREDICTED

    never = [row("b", case, NOT_PREDICTED) for case in "12"]
    np.testing.assert_array_equal(values(settled(never, "miss", ["b"]))["b", "1", "Edema"], [NAN] * 3)
    sometimes = [*never, row("b", "3")]
    np.testing.assert_array_equal(values(settled(sometimes, "miss", ["b"]))["b", "1", "Edema"], [0, NAN, 0])


def test_common_is_what_every_method_has():
    assert common(ROWS, ["a", "b"]) == {("2", "Edema")}
    assert common(ROWS, ["a"]) == {("1", "Edema"), ("2", "Edema")}
    found = values(settled([*ROWS, row("Human", "1"), row("Human", "2")], "common", ["a", "b"]))
    assert found["a", "2", "Edema"] == found["Human", "2", "Edema"] == [1, 0.5, 0.5]
    for key in (("a", "1"), ("b", "3"), ("Human", "1")):
        np.testing.assert_array_equal(found[(*key, "Edema")], [NAN] * 3)


def test_own_changes_nothing():
    assert settled(ROWS, "own", ["a", "b"]) == ROWS


def test_counts_and_sentences():
    found = lacks(ROWS[:7])
    assert found == [Lack("a", "Edema", "map refused", 1, 0), Lack("b", "Edema", "no map", 1, 1)]
    first, second = sentences(found, "own")
    assert first.startswith("a has no usable map of 1 drawn mask and of 0 findings without one (1 map refused)")
    assert "(2 no map)" in second and "flatters" in second and "--missing own" in second


@pytest.mark.parametrize(
    ("tuned", "expected"),
    [
        (["patient9_study1"], Reuse(3, 2, 0, 0)),
        (["patient1_study7"], Reuse(3, 2, 0, 1)),
        (["patient1_study1", "patient2_study1", "x"], Reuse(3, 2, 2, 2)),
    ],
)
def test_cases_that_thresholds_were_tuned_on(tuned, expected):
    found = reuse(tuned, ["patient1_study1", "patient1_study2", "patient2_study1"], {})
    assert found == expected
    assert bool(found.sentence) == bool(expected.shared_patients)


def test_patients_as_the_dataset_names_them():
    patient_of = {"00000001_000": "1", "00000001_001": "1", "00000002_000": "2"}
    assert reuse(["00000001_000"], ["00000001_001", "00000002_000"], patient_of) == Reuse(2, 2, 0, 1)
