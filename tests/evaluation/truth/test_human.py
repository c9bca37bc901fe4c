"""The human benchmark as one more method."""

import numpy as np
import pytest

from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.masks import Rle
from evaluation.scores import EMPTY, NO_CASE, NO_ENTRY, NOT_MARKED, NOTHING_MARKED, OTHER_SIZE
from evaluation.truth.ground_truth import HumanBenchmark, Masks
from evaluation.truth.human import HUMAN, NO_MASKS, NO_POINTS, score_human
from tests.evaluation import reference
from tests.evaluation.making import SIZE, blob

EDEMA = "Edema"


def all_findings(**drawn):
    empty = Rle.encode(np.zeros(SIZE, bool))
    return dict.fromkeys(LOCALIZED_FINDINGS, empty) | {name: Rle.encode(mask) for name, mask in drawn.items()}


def scored(truth, human, case="a", finding=EDEMA):
    rows, problems = score_human(Masks(truth), human)
    (row,) = [row for row in rows if row.case == case and row.finding == finding]
    assert row.method == HUMAN
    return row.scores, problems


def test_iou_equals_the_reference():
    for seed in range(5):
        drawn, marked = blob(seed), blob(seed + 50)
        human = HumanBenchmark({"a": all_findings(Edema=marked)})
        found, _ = scored({"a": all_findings(Edema=drawn)}, human)
        expected = [reference.iou(marked, drawn, only) for only in (True, False)]
        np.testing.assert_array_equal([found.values["iou_tp"], found.values["iou_all"]], expected)


@pytest.mark.parametrize(
    ("points", "expected"),
    [(((10.9, 5.2),), 1), (((5.2, 10.9),), 0), (((5.2, 10.9), (10.9, 5.2)), 1), ((), 0), (((999, 999),), 0)],
)
def test_any_point_inside_is_a_hit(points, expected):
    mask = np.zeros(SIZE, bool)
    mask[5, 10] = True  # row 5, column 10: the point (x, y) = (10.9, 5.2) lies in this pixel
    human = HumanBenchmark(points={"a": {EDEMA: points}, "b": {EDEMA: ((0, 0),)}})
    found, _ = scored({"a": all_findings(Edema=mask)}, human)
    assert found.values["hit"] == expected
    assert found.reasons == {"iou_tp": NO_MASKS, "iou_all": NO_MASKS}


def test_what_is_missing_has_a_reason():
    truth = {"a": all_findings(Edema=blob(0)), "b": all_findings(), "c": {}}
    human = HumanBenchmark({"b": all_findings(Edema=blob(1)), "d": all_findings(Edema=blob(1))})
    nothing, _ = scored(truth, human, "a")
    assert nothing.values["iou_all"] == 0
    assert nothing.reasons == {"hit": NO_POINTS, "iou_tp": NOTHING_MARKED}
    undrawn, _ = scored(truth, human, "b")
    assert undrawn.values["iou_all"] == 0
    assert undrawn.reasons == {"hit": NO_POINTS, "iou_tp": EMPTY}
    assert scored(truth, human, "b", "Cardiomegaly")[0].reasons["iou_all"] == NOT_MARKED
    assert scored(truth, human, "c")[0].reasons["iou_tp"] == NO_ENTRY
    unknown, problems = scored(truth, human, "d")
    assert unknown.values["iou_all"] == 0
    assert unknown.reasons["iou_tp"] == NO_CASE
    assert [problem.subject for problem in problems] == ["a"]


def test_a_human_mask_of_another_size_is_named():
    human = HumanBenchmark({"a": all_findings() | {EDEMA: Rle.encode(np.ones((4, 5), bool))}})
    found, problems = scored({"a": all_findings(Edema=blob(0))}, human)
    assert found.reasons["iou_tp"] == OTHER_SIZE
    assert "mask of another size" in {problem.kind for problem in problems}
