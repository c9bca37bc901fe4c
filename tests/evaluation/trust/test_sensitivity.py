"""Sensitivity at a fixed specificity against scikit-learn's roc_curve, the resamples included."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from evaluation.trust.sensitivity import sensitivity_at_specificity
from models.classification.bootstrap import resample_counts


def read_from_scikit_learn(labels: np.ndarray, scores: np.ndarray, specificity: float) -> tuple[float, float, float]:
    """(sensitivity, specificity, threshold) of the best operating point that keeps the specificity."""
    false, true, thresholds = roc_curve(labels, scores, drop_intermediate=False)
    allowed = np.flatnonzero(1 - false >= specificity - 1e-9)
    best = allowed[np.argmax(true[allowed])]
    return float(true[best]), float(1 - false[best]), float(thresholds[best])


PAIRS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from([0.0, 1.0])), min_size=2, max_size=40).filter(
    lambda pairs: len({label for _, label in pairs}) == 2
)


@settings(max_examples=60)
@given(PAIRS, st.sampled_from([0.0, 0.5, 0.8, 0.9, 1.0]))
def test_it_equals_the_reading_of_scikit_learn_also_with_ties(pairs: list, specificity: float) -> None:
    scores, labels = np.array(pairs).T
    found = sensitivity_at_specificity(labels, scores, [str(i) for i in range(len(labels))], specificity, resamples=0)
    expected = read_from_scikit_learn(labels, scores, specificity)
    assert (found.sensitivity, found.threshold) == (expected[0], expected[2])
    assert found.specificity == pytest.approx(expected[1], abs=1e-12)


def test_by_hand_with_a_tie_across_the_limit() -> None:
    # Ten negatives: one may be called. The two that share 0.5 would both be, so the positive at 0.5 stays uncalled.
    scores = np.array([0.9, 0.8, 0.5, 0.7, 0.5, 0.5] + [0.1] * 7)
    labels = np.array([1.0, 1, 1, 0, 0, 0] + [0] * 7)
    found = sensitivity_at_specificity(labels, scores, list("abcdefghijklm"), 0.9, resamples=0)
    assert (found.sensitivity, found.specificity, found.threshold) == (2 / 3, 1.0, 0.8)
    assert (found.n_positive, found.n_negative) == (3, 10)


def test_exactly_the_specificity_asked_for_is_enough_whatever_the_rounding() -> None:
    scores, labels = np.arange(11, 0, -1.0), np.array([0.0, 1] + [0] * 9)
    assert (1 - 0.9) * 10 < 1  # in floats
    assert sensitivity_at_specificity(labels, scores, [str(i) for i in range(11)], 0.9, resamples=0).sensitivity == 1


def test_the_interval_is_that_of_whole_patients_written_out() -> None:
    random = np.random.default_rng(0)
    labels = (random.random(60) < 0.4).astype(float)
    labels[7] = np.nan
    scores = np.round(random.normal(labels, 1), 1)
    scores[7] = 100.0
    patients = [f"p{i // 3}" for i in range(60)]
    found = sensitivity_at_specificity(labels, scores, patients, 0.9, resamples=200, seed=3)
    replicates = []
    for row in np.concatenate(list(resample_counts(patients, 200, 3))):
        drawn = np.repeat(np.arange(60), row.astype(int))
        drawn = drawn[~np.isnan(labels[drawn])]
        replicates.append(read_from_scikit_learn(labels[drawn], scores[drawn], 0.9)[0])
    low, high = np.quantile(replicates, (0.025, 0.975), method="inverted_cdf")
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-12)
    assert found.interval.undefined == 0


@pytest.mark.parametrize(
    ("labels", "reason"),
    [([1.0, 1.0], "no negative image"), ([0.0, np.nan], "no positive image"), ([np.nan, np.nan], "no image")],
)
def test_one_class_alone_has_no_value_and_says_why(labels: list, reason: str) -> None:
    found = sensitivity_at_specificity(np.array(labels), np.array([0.1, 0.2]), ["a", "b"], resamples=10)
    assert math.isnan(found.sensitivity) and math.isnan(found.threshold) and math.isnan(found.interval.low)
    assert found.interval.undefined == 10
    assert reason in found.reason


def test_resamples_without_one_class_are_counted() -> None:
    found = sensitivity_at_specificity(np.array([1.0, 0.0]), np.array([1.0, 0.0]), ["a", "b"], resamples=200)
    assert 60 < found.interval.undefined < 140  # half of them draw one image twice
    assert (found.interval.low, found.interval.high) == (1, 1)


def test_a_specificity_outside_0_and_1_is_refused() -> None:
    with pytest.raises(ValueError, match="specificity"):
        sensitivity_at_specificity(np.array([1.0, 0.0]), np.array([1.0, 0.0]), ["a", "b"], 90)
