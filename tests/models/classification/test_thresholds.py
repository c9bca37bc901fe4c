"""Youden's threshold against trying every one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.classification.thresholds import youden_threshold, youden_thresholds


def youden_index(labels: np.ndarray, scores: np.ndarray, threshold: float) -> float:
    called = scores >= threshold
    return float(called[labels == 1].mean() - called[labels == 0].mean())


LABELLED_SCORES = st.tuples(st.sampled_from([0.0, 1.0, float("nan")]), st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.8]))


@given(st.lists(LABELLED_SCORES, min_size=1, max_size=12))
def test_no_threshold_is_better(images: list[tuple[float, float]]) -> None:
    labels, scores = np.array(images).T
    threshold = youden_threshold(labels, scores)
    if not {0.0, 1.0} <= set(labels):
        assert np.isnan(threshold)
        return
    tried = np.append(np.unique(scores), np.inf)
    assert threshold in tried
    best = max(youden_index(labels, scores, each) for each in tried)
    assert youden_index(labels, scores, threshold) == pytest.approx(best, abs=1e-12)


def test_the_highest_among_equals() -> None:
    # Both 0.8 and 0.4 give TPR − FPR = ½: (½ − 0) and (1 − ½).
    assert youden_threshold(np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.8, 0.6, 0.4, 0.2])) == 0.8


def test_unknown_labels_are_left_out() -> None:
    labels = np.array([1.0, 1.0, 0.0, np.nan, np.nan, np.nan])
    scores = np.array([0.9, 0.4, 0.2, 0.5, 0.6, 0.7])
    assert youden_threshold(labels, scores) == 0.4  # 0.9, if the unknown ones were negative


def test_worse_than_chance_calls_nothing_positive() -> None:
    assert youden_threshold(np.array([1.0, 0.0]), np.array([0.2, 0.8])) == np.inf


def test_findings_are_taken_one_by_one() -> None:
    labels = np.array([[1.0, 0.0], [0.0, 0.0], [np.nan, 0.0]])
    thresholds = youden_thresholds(labels, np.array([[0.7, 0.1], [0.2, 0.2], [0.9, 0.3]]))
    np.testing.assert_array_equal(thresholds, [0.7, np.nan])


def test_uncertain_labels_in_their_raw_form_are_refused() -> None:
    with pytest.raises(ValueError, match="0, 1 or NaN"):
        youden_thresholds(np.array([[-1.0], [1.0]]), np.array([[0.1], [0.2]]))
    with pytest.raises(ValueError, match="found \\(2, 1\\) and \\(2, 2\\)"):
        youden_thresholds(np.ones((2, 1)), np.ones((2, 2)))
