"""Metrics under weights against scikit-learn on the images written out one by one."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import roc_auc_score

from models.classification.metrics import (
    METRICS,
    confusion,
    mean_over,
    metric_values,
    weighted_auroc,
)
from tests.models.classification.oracle import example, sklearn_table

ROUNDING = 1e-12  # both sides divide whole numbers once or twice


def counts_of(indices: np.ndarray, n: int) -> np.ndarray:
    return np.stack([np.bincount(row, minlength=n) for row in indices]).astype(np.float32)


def test_every_finding_metric_and_resample_equals_scikit_learn() -> None:
    labels, scores = example(120, seed=1)
    thresholds = np.linspace(0.2, 0.8, 14)
    indices = np.random.default_rng(2).integers(0, 120, size=(3, 120))
    values = metric_values(labels, scores, thresholds, counts_of(indices, 120))
    expected = np.stack([sklearn_table(labels[row], scores[row], thresholds) for row in indices])
    assert values.shape == (3, len(METRICS), 14)
    np.testing.assert_allclose(values, expected, rtol=0, atol=ROUNDING)


def test_weights_of_one_give_the_plain_metrics() -> None:
    labels, scores = example(200, seed=3)
    thresholds = np.full(14, 0.5)
    values = metric_values(labels, scores, thresholds, np.ones((1, 200)))
    np.testing.assert_allclose(values[0], sklearn_table(labels, scores, thresholds), rtol=0, atol=ROUNDING)


@st.composite
def weighted_images(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = draw(st.integers(1, 12))
    labels = draw(arrays(float, n, elements=st.sampled_from([0.0, 1.0, float("nan")])))
    scores = draw(arrays(float, n, elements=st.sampled_from([-1.5, 0.0, 0.25, 0.5, 7.0])))  # few values: ties
    counts = draw(arrays(np.float32, (3, n), elements=st.integers(0, 5).map(float)))
    return labels, scores, counts


@settings(max_examples=40)
@given(weighted_images())
def test_weighted_auroc_equals_scikit_learn_on_repeated_images(
    images: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    labels, scores, counts = images
    for value, row in zip(weighted_auroc(labels, scores, counts), counts.astype(int), strict=True):
        repeated = np.repeat(np.arange(len(labels)), row)
        repeated = repeated[~np.isnan(labels[repeated])]
        if len(set(labels[repeated])) < 2:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(roc_auc_score(labels[repeated], scores[repeated]), abs=ROUNDING)


def test_auroc_by_hand() -> None:
    # Positives at 2 and 3, negatives at 1, 2 and 2: pairs won 1 + ½ + ½ for the first, 3 for the second, of 6.
    labels = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    scores = np.array([2.0, 3.0, 1.0, 2.0, 2.0])
    once, weighted = weighted_auroc(labels, scores, np.array([[1, 1, 1, 1, 1], [3, 1, 0, 2, 0]]))
    assert once == 5 / 6
    assert weighted == (3 * 2 * 0.5 + 1 * 2) / 8  # three positives tied with two negatives, one above both


def test_auroc_stays_exact_where_float32_would_not() -> None:
    rng = np.random.default_rng(4)
    labels = np.tile([0.0, 1.0], 30)
    scores = rng.integers(0, 9, 60).astype(float)
    counts = rng.integers(0, 4000, (5, 60))
    for value, row in zip(weighted_auroc(labels, scores, counts.astype(np.float32)), counts.tolist(), strict=True):
        pairs = [(i, j) for i in range(60) for j in range(60) if labels[i] == 1 and labels[j] == 0]
        won = sum(Fraction(row[i] * row[j] * (1 + int(np.sign(scores[i] - scores[j]))), 2) for i, j in pairs)
        assert value == float(won / sum(row[i] * row[j] for i, j in pairs))


@pytest.mark.parametrize("times", [4096, 4097, 8191])
def test_auroc_is_exact_on_both_sides_of_the_limit_of_float32(times: int) -> None:
    """From 4097 × 4097 pairs on, an odd number above 2^24, float32 loses the last one."""
    counts = np.full((1, 2), times, np.float32)
    assert weighted_auroc(np.array([0.0, 1.0]), np.array([0.0, 1.0]), counts) == 1
    assert weighted_auroc(np.array([0.0, 1.0]), np.array([0.0, 0.0]), counts) == 0.5


def test_confusion_by_hand() -> None:
    labels = np.array([[1.0], [1.0], [0.0], [0.0], [np.nan]])
    called = np.array([[True], [False], [True], [False], [True]])
    counted = confusion(labels, called, np.array([[1, 2, 3, 4, 5]]))
    assert (counted.tp, counted.fn, counted.fp, counted.tn) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("labels", "scores", "threshold", "undefined"),
    [
        ([0, 0], [0.1, 0.9], 0.5, {"auroc", "sensitivity"}),
        ([1, 1], [0.1, 0.9], 0.5, {"auroc", "specificity"}),
        ([0, 1], [0.1, 0.2], 0.5, {"precision"}),
        ([0, 0], [0.1, 0.2], 0.5, {"auroc", "sensitivity", "precision", "f1"}),
        ([np.nan, np.nan], [0.1, 0.2], 0.5, set(METRICS)),
        ([0, 1], [0.1, 0.9], np.nan, set(METRICS) - {"auroc"}),
        ([0, 1], [0.1, 0.9], np.inf, {"precision"}),
        ([0, 1], [0.5, 0.5], 0.5, set()),
    ],
)
def test_undefined_is_nan_and_nothing_else_is(
    labels: list[float], scores: list[float], threshold: float, undefined: set[str]
) -> None:
    values = metric_values(np.array([labels]).T, np.array([scores]).T, np.array([threshold]), np.ones((1, 2)))
    assert {name for name, value in zip(METRICS, values[0, :, 0], strict=True) if np.isnan(value)} == undefined


def test_a_resample_without_a_class_is_nan_and_the_others_are_not() -> None:
    labels, scores = np.array([1.0, 0.0, 0.0]), np.array([0.9, 0.1, 0.5])
    values = weighted_auroc(labels, scores, np.array([[0, 2, 1], [3, 0, 0], [1, 1, 1]]))
    np.testing.assert_array_equal(values, [np.nan, np.nan, 1.0])


def test_a_constant_score_is_chance() -> None:
    assert weighted_auroc(np.array([1.0, 0.0, 0.0]), np.full(3, 0.3), np.ones((1, 3))) == 0.5


def test_a_score_at_the_threshold_is_called_positive() -> None:
    values = metric_values(np.array([[1.0], [0.0]]), np.array([[0.5], [0.4]]), np.array([0.5]), np.ones((1, 2)))
    np.testing.assert_array_equal(values[0, :, 0], 1.0)


def test_a_mean_is_over_the_same_findings_in_every_resample() -> None:
    values = np.array([[[0.5, 0.7, np.nan]], [[np.nan, 0.7, 0.9]]])
    both_first = mean_over(values, np.array([[True, True, False]]))
    np.testing.assert_allclose(both_first, [[0.6], [np.nan]])
    assert np.isnan(mean_over(values, np.zeros((1, 3), bool))).all()


def test_inputs_are_left_alone() -> None:
    labels, scores = example(30, seed=5)
    counts = np.ones((2, 30), np.float32)
    before = labels.copy(), scores.copy(), counts.copy()
    metric_values(labels, scores, np.full(14, 0.5), counts)
    for array, copy in zip((labels, scores, counts), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize(
    ("labels", "scores", "counts", "message"),
    [
        (np.zeros((3, 2)), np.zeros((3, 1)), np.ones((1, 3)), "Expected labels"),
        (np.zeros((3, 2)), np.zeros((3, 2)), np.ones((1, 4)), "Expected labels"),
        (np.full((3, 2), -1.0), np.zeros((3, 2)), np.ones((1, 3)), "labels of 0, 1 or NaN"),
        (np.zeros((3, 2)), np.full((3, 2), np.nan), np.ones((1, 3)), "finite scores"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    labels: np.ndarray, scores: np.ndarray, counts: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        metric_values(labels, scores, np.full(2, 0.5), counts)
