"""Calibration against scikit-learn, torchmetrics, statsmodels' textbook formula and a pencil."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from torchmetrics.classification import BinaryCalibrationError

from evaluation.trust.calibration import (
    brier_score,
    calibrated,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability_curve,
    resampled_ece,
)


def drawn(seed: int, n: int, temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn with probability σ(z), and logits z × temperature."""
    random = np.random.default_rng(seed)
    true = random.normal(-0.5, 2, n)
    return (random.random(n) < expit(true)).astype(float), true * temperature


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_a_known_temperature_is_recovered_within_two_percent(temperature: float) -> None:
    labels, logits = drawn(1, 400_000, temperature)
    assert fit_temperature(labels, logits).value == pytest.approx(temperature, rel=0.02)


@pytest.mark.parametrize("seed", range(5))
def test_the_temperature_is_the_inverse_slope_of_a_logistic_regression_without_intercept(seed: int) -> None:
    labels, logits = drawn(seed, 300, 1.7)
    model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=10_000)
    slope = model.fit(logits[:, None], labels).coef_[0, 0]
    found = fit_temperature(labels, logits)
    assert found.value == pytest.approx(1 / slope, rel=1e-5)  # lbfgs stops at the gradient's tolerance
    assert found.nll_before == pytest.approx(log_loss(labels, expit(logits)), rel=1e-9)
    assert found.nll_after == pytest.approx(log_loss(labels, expit(logits * slope)), rel=1e-9)
    assert found.nll_after <= found.nll_before
    assert (found.n, found.n_positive) == (300, labels.sum())


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_temperature_scales_with_the_logits(scale: float) -> None:
    labels, logits = drawn(3, 200)
    assert fit_temperature(labels, logits * scale).value == pytest.approx(
        fit_temperature(labels, logits).value * scale, rel=1e-9
    )


@pytest.mark.parametrize(
    ("labels", "logits", "reason"),
    [
        ([], [], "no image with a known label"),
        ([np.nan], [1.0], "no image with a known label"),
        ([1, 1], [1.0, -1.0], "no negative image"),
        ([0, 0, np.nan], [1.0, -1.0, 3.0], "no positive image"),
        ([0, 1, 1], [-2.0, 1.0, 3.0], "separate the images perfectly"),
        ([0, 1, 0, 1], [2.0, -1.0, -0.5, 0.5], "do not support the finding"),
        ([0, 1], [0.0, 0.0], "do not support the finding"),
    ],
)
def test_where_no_temperature_is_the_best_it_says_why(labels: list, logits: list, reason: str) -> None:
    found = fit_temperature(np.array(labels, float), np.array(logits, float))
    assert math.isnan(found.value) and math.isnan(found.nll_after)
    assert reason in found.reason


def test_unknown_labels_are_left_out() -> None:
    labels, logits = drawn(4, 100)
    some = np.append(labels, [np.nan, np.nan]), np.append(logits, [50.0, -50.0])
    assert fit_temperature(*some) == fit_temperature(labels, logits)
    assert brier_score(some[0], expit(some[1])) == brier_score(labels, expit(logits))


def test_calibration_leaves_the_order_of_images_and_auroc_alone() -> None:
    labels, logits = drawn(5, 500, 3)
    after = calibrated(np.stack([logits, logits], axis=1), np.array([fit_temperature(labels, logits).value, np.nan]))
    assert roc_auc_score(labels, after[:, 0]) == roc_auc_score(labels, logits)
    assert np.isnan(after[:, 1]).all()


def test_ece_by_hand() -> None:
    # Bins of 1/15: 0.05 in the 1st, 0.30 and 0.32 in the 5th, 0.90 (twice) in the 14th, 1 in the 15th.
    probabilities = np.array([0.05, 0.30, 0.32, 0.90, 0.90, 1.0])
    labels = np.array([0.0, 1, 0, 1, 0, 1])
    by_hand = (1 * 0.05 + 2 * abs(0.31 - 0.5) + 2 * abs(0.90 - 0.5) + 1 * 0) / 6
    assert expected_calibration_error(labels, probabilities) == pytest.approx(by_hand, abs=1e-12)
    assert by_hand == pytest.approx(0.205)


def test_the_edges_of_bins_belong_to_the_upper_bin() -> None:
    curve = reliability_curve(np.array([0.0, 1, 1, 0]), np.array([0.0, 0.5, 1.0, 0.49]), bins=2)
    assert curve.counts.tolist() == [2, 2]
    assert curve.observed.tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(4))
def test_ece_is_that_of_torchmetrics(seed: int) -> None:
    labels, logits = drawn(seed, 700, 2)
    p = expit(logits).astype(np.float32)
    theirs = BinaryCalibrationError(n_bins=15, norm="l1")(torch.tensor(p), torch.tensor(labels, dtype=torch.int))
    assert expected_calibration_error(labels, p) == pytest.approx(float(theirs), abs=1e-6)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0])), min_size=1, max_size=30))
def test_ece_lies_between_0_and_1_and_the_curve_counts_every_image(pairs: list[tuple[float, float]]) -> None:
    p, labels = np.array(pairs).T
    curve = reliability_curve(labels, p)
    filled = curve.counts > 0
    gaps = np.abs(curve.predicted - curve.observed)[filled] * curve.counts[filled]
    ece = expected_calibration_error(labels, p)
    assert 0 <= ece <= 1
    assert ece == pytest.approx(gaps.sum() / len(pairs), abs=1e-12)
    assert curve.counts.sum() == len(pairs)
    # A float's rounding may leave Wilson's bound 1e-16 beyond an observed share of 0 or 1
    assert np.all(curve.low[filled] <= curve.observed[filled] + 1e-12)
    assert np.all(curve.observed[filled] <= curve.high[filled] + 1e-12)


def test_wilson_intervals_are_the_textbook_formula() -> None:
    p, labels = np.full(10, 0.2), np.array([1.0] * 3 + [0] * 7)
    z, share = 1.959963984540054, 0.3
    centre, half = share + z * z / 20, z * math.sqrt(share * 0.7 / 10 + z * z / 400)
    curve = reliability_curve(labels, p)
    assert curve.low[3] == pytest.approx((centre - half) / (1 + z * z / 10), abs=1e-9)
    assert curve.high[3] == pytest.approx((centre + half) / (1 + z * z / 10), abs=1e-9)
    assert np.isnan(curve.low[0]) and np.isnan(curve.observed[0]) and curve.counts[0] == 0


def test_brier_score_by_hand_also_for_one_class() -> None:
    assert brier_score(np.array([1.0, 0]), np.array([0.8, 0.4])) == pytest.approx((0.04 + 0.16) / 2)
    assert brier_score(np.array([1.0, 1]), np.array([0.8, 1.0])) == pytest.approx(0.02)
    assert math.isnan(brier_score(np.array([np.nan]), np.array([0.8])))
    assert math.isnan(negative_log_likelihood(np.array([]), np.array([])))
    assert math.isnan(expected_calibration_error(np.array([np.nan]), np.array([0.8])))


def test_resamples_of_ece_are_those_of_whole_patients() -> None:
    labels, p, patients = np.array([1.0, 0, 1, np.nan]), np.array([0.9, 0.2, 0.4, 0.5]), ["a", "a", "b", "c"]
    a, b, both = (expected_calibration_error(labels[chosen], p[chosen]) for chosen in ([0, 1], [2], [0, 1, 2]))
    found = resampled_ece(labels, p, patients, 300, 0)
    weighted = {  # a drawn twice beside b once, and the like
        expected_calibration_error(labels[chosen], p[chosen]) for chosen in ([0, 1, 0, 1, 2], [0, 1, 2, 2])
    }
    allowed = np.array([a, b, both, *weighted])
    assert np.all(np.isclose(found[:, None], allowed, atol=1e-12).any(axis=1) | np.isnan(found))
    assert np.isnan(found).any()  # only c was drawn


@pytest.mark.parametrize(("labels", "scores"), [([2.0], [0.5]), ([1.0], [np.nan]), ([1.0, 0.0], [0.5]), ([1.0], [1.5])])
def test_wrong_arguments_are_refused(labels: list, scores: list) -> None:
    with pytest.raises(ValueError, match="Expected"):
        expected_calibration_error(np.array(labels), np.array(scores))
