"""Searches for thresholds against the plain reference and by pencil."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.pixels.curves import STEPS, THRESHOLDS
from evaluation.tuning.search import (
    CUTOFFS,
    GRID,
    CutoffTuning,
    MeanCurve,
    cutoff_search,
    grid_search,
    halve,
    halving_search,
)

NAN = float("nan")


def test_the_grid_has_seven_values_as_numpy_rounds():
    np.testing.assert_allclose(GRID, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], atol=1e-12)
    np.testing.assert_allclose(CUTOFFS, np.arange(9) / 10, atol=1e-12)


def test_halving_without_any_value_keeps_a_half():
    assert halving_search(lambda threshold: NAN) == 0.5


def test_halving_takes_the_highest_among_equals():
    assert halving_search(lambda threshold: 0.0) == 1 - 0.25 / 512  # 0.99951171875, as in the published tables
    assert halving_search(lambda threshold: -threshold) == 0.25 / 512


def test_halving_leaves_thresholds_without_a_value_out():
    # Above a half nothing is defined: the search can only stay or go down.
    assert halving_search(lambda threshold: NAN if threshold > 0.5 else threshold) == 0.5


@given(st.integers(1, STEPS - 1))
def test_halving_finds_the_top_of_a_hill(top):
    means = -np.abs(THRESHOLDS - top / STEPS)
    assert halve(means) == top / STEPS


def test_halving_asks_only_for_steps():
    asked = []
    halving_search(lambda threshold: asked.append(threshold) or np.sin(40 * threshold))
    assert all(threshold * STEPS == int(threshold * STEPS) and 0 < threshold < 1 for threshold in asked)


def test_grid_takes_the_first_among_equals():
    assert grid_search([0, 3, 1, 3, 0, 0, 0]) == 0.3
    assert grid_search([NAN] * 7) == 0.2
    assert grid_search([NAN, NAN, 0.1, 0.2, 0, 0, 0]) == 0.5


def test_cutoffs_round_to_three_decimals_and_lung_lesion_starts_at_a_tenth():
    means = [0.1, 0.1004, 0.1002, 0, 0, 0, 0, 0, 0]
    assert cutoff_search(means, "Edema") == 0.0
    assert cutoff_search(means, "Lung Lesion") == 0.1
    assert cutoff_search([NAN] * 9, "Edema") == 0.0


def test_mean_curves_count_zeros_only_over_all():
    curve = MeanCurve(np.zeros(3))
    assert np.isnan(curve.mean_tp()).all()
    curve.add(np.array([0.2, 0.4, 0.6]))
    curve.add(np.array([0.4, 0.4, 0.0]))
    curve.add_zero()
    np.testing.assert_allclose(curve.mean_tp(), [0.3, 0.4, 0.3], rtol=1e-15)
    np.testing.assert_allclose(curve.mean_all(), [0.2, 0.8 / 3, 0.2], rtol=1e-15)


def test_a_cut_off_silences_what_is_not_above_it():
    tuning = CutoffTuning()
    tuning.add(0.6, probability=0.35, drawn=True)
    tuning.add(0.0, probability=0.15, drawn=False)
    # At 0 and 0.1 both count, from 0.2 the second is undefined, from 0.4 the first counts as 0.
    expected = [0.3, 0.3, 0.6, 0.6, 0, 0, 0, 0, 0]
    np.testing.assert_allclose(tuning.means(), expected, rtol=1e-15)


@pytest.mark.parametrize("at", range(len(CUTOFFS)))
def test_a_probability_at_a_cut_off_is_silenced_by_it(at):
    tuning = CutoffTuning()
    tuning.add(0.6, probability=float(CUTOFFS[at]), drawn=True)
    np.testing.assert_array_equal(tuning.means(), [0.6] * at + [0.0] * (len(CUTOFFS) - at))


@pytest.mark.parametrize("means", [np.full(STEPS + 1, NAN)])
def test_halve_without_cases(means):
    assert halve(means) == 0.5
