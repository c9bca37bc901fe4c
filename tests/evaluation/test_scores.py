"""One map against one mask: against the plain reference, and what is undefined and why."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_cache.masks import Rle
from evaluation import scores
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.scores import Marking, Scores, score_drawn, score_missing, score_undrawn
from tests.evaluation import reference
from tests.evaluation.making import blob, smooth

WHOLE = Region(60, 84, 0, 0, 60, 84)


def score(values, mask, marking, **more) -> Scores:
    return score_drawn(values, WHOLE, MaskRuns.of(Rle.encode(mask)), marking, tolerance=3, **more)


@settings(max_examples=25)
@given(st.integers(0, 999), st.sampled_from([None, 0.3, 0.5, 0.71875]))
def test_equals_the_reference(seed, threshold):
    values, mask = smooth(seed, (11, 13)), blob(seed + 1)
    if not mask.any():
        return
    item = reference.Item(values, mask.shape, reference.encoded(mask))
    found = score(values, mask, Marking(threshold, threshold))
    marked = reference.segmentation(item, threshold)
    assert found.values["hit"] == reference.hit(item)
    assert found.values["iou_tp"] == pytest.approx(reference.iou(marked, mask, True), nan_ok=True, abs=1e-15)
    assert found.values["iou_all"] == pytest.approx(reference.iou(marked, mask, False), abs=1e-15)


def test_thresholds_of_the_two_means_are_apart():
    values, mask = smooth(3, (11, 13)), blob(4)
    both = score(values, mask, Marking(0.25, 0.75)).values
    assert both["iou_tp"] == score(values, mask, Marking(0.25, 0.25)).values["iou_tp"]
    assert both["iou_all"] == score(values, mask, Marking(0.75, 0.75)).values["iou_all"]
    assert both["iou_tp"] != both["iou_all"]


def test_a_blank_map_is_undefined_over_true_positives_and_0_over_all():
    found = score(None, blob(4), Marking(0.5, 0.5))
    assert np.isnan(found.values["iou_tp"])
    assert found.reasons == {"iou_tp": scores.BLANK}
    assert found.values["iou_all"] == 0
    assert found.values["hit"] == float(blob(4)[0, 0])


def test_a_probability_below_the_cut_off_marks_nothing_but_still_points():
    values, mask = smooth(3, (11, 13)), blob(4)
    loud, silent = (score(values, mask, Marking(cutoff=0.4), silenced=s) for s in (False, True))
    assert np.isnan(silent.values["iou_tp"])
    assert silent.reasons == {"iou_tp": scores.CUT_OFF}
    assert silent.values["iou_all"] == 0
    assert silent.values["hit"] == loud.values["hit"]


def test_nothing_above_the_highest_threshold():
    found = score(smooth(3, (11, 13)), blob(4), Marking(1.0, 1.0))
    assert found.reasons == {"iou_tp": scores.NOTHING_MARKED}
    assert found.values["iou_all"] == 0


def test_a_finding_that_nobody_drew():
    marked = score_undrawn(map_marks=True, silenced=False)
    assert marked.values["iou_all"] == 0
    assert np.isnan([marked.values["hit"], marked.values["iou_tp"]]).all()
    for quiet in (score_undrawn(False, False), score_undrawn(True, True)):
        assert np.isnan(list(quiet.values.values())).all()
        assert quiet.reasons["iou_all"] == scores.NOT_MARKED


def test_a_missing_map_counts_as_nothing_marked():
    assert score_missing(drawn=True).values["iou_all"] == 0
    assert np.isnan(score_missing(drawn=False).values["iou_all"])
    assert score_missing(drawn=True).reasons == {"hit": scores.NO_MAP, "iou_tp": scores.NO_MAP}


@pytest.mark.parametrize("found", [score_undrawn(True, False), score_missing(True), Scores.undefined("why")])
def test_every_undefined_value_has_a_reason(found):
    undefined = {metric for metric, value in found.values.items() if np.isnan(value)}
    assert undefined == set(found.reasons)


def test_unknown_probabilities_are_not_silenced():
    assert not Marking(cutoff=0.4).silences(float("nan"))
    assert Marking(cutoff=0.4).silences(0.39)
    assert not Marking(cutoff=0.4).silences(0.4)
