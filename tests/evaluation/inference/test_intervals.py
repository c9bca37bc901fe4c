"""Bootstrap intervals against one resample at a time and against theory."""

import numpy as np
import pytest
from scipy import stats

from evaluation.inference.intervals import (
    groups_of,
    interval,
    interval_of_patients,
    mean_over_findings,
    resampled_means,
)
from models.classification.bootstrap import resample_counts


def test_resampled_means_equal_drawing_rows():
    rng = np.random.default_rng(0)
    values = rng.random((12, 3))
    values[rng.random((12, 3)) < 0.3] = np.nan
    groups = [f"p{k // 2}" for k in range(12)]
    found = resampled_means(values, groups, 40, seed=7)
    counts = np.concatenate(list(resample_counts(groups, 40, 7)))
    for count, mean in zip(counts.astype(int), found, strict=True):
        np.testing.assert_allclose(mean, np.nanmean(np.repeat(values, count, axis=0), axis=0), rtol=1e-12)


def test_a_resample_without_a_value_is_counted():
    values = np.array([[1.0], [np.nan]])
    found = interval(resampled_means(values, ["a", "b"], 1000, seed=0)[:, 0])
    assert (found.low, found.high) == (1, 1)
    assert 180 < found.undefined < 320  # a quarter of the resamples draw the second case twice


def test_nothing_defined_gives_no_interval():
    found = interval(np.full(5, np.nan))
    assert np.isnan([found.low, found.high]).all()
    assert found.undefined == 5
    assert np.isnan(interval(np.zeros(0)).low)


def test_the_order_statistics_of_the_reference():
    found = interval(np.arange(1000, dtype=float)[::-1])
    assert (found.low, found.high) == (24, 974)  # int(0.025 · 1000) − 1 and int(0.975 · 1000) − 1 of the sorted ones


def test_the_interval_of_a_mean_is_near_the_normal_one():
    values = np.random.default_rng(3).normal(size=(400, 1))
    found = interval(resampled_means(values, groups_of([str(k) for k in range(400)], "image"), 20_000, 1)[:, 0])
    mean, reach = values.mean(), stats.norm.ppf(0.975) * values.std() / 20
    assert found.low == pytest.approx(mean - reach, abs=0.004)  # standard error of a 2.5 % quantile of 20,000 resamples
    assert found.high == pytest.approx(mean + reach, abs=0.004)


def test_patients_are_drawn_whole():
    cases = ["patient1_study1_view1_frontal", "patient1_study2_view1_frontal", "patient2_study1_view1_frontal", "own"]
    assert groups_of(cases, "patient") == ["patient1", "patient1", "patient2", "own"]
    assert groups_of(cases, "image") == cases
    assert groups_of(["00000007_003", "own"], "patient", {"00000007_003": "7"}) == ["7", "own"]


def test_the_seed_decides():
    values, groups = np.random.default_rng(0).random((9, 2)), [str(k) for k in range(9)]
    one, same, other = (resampled_means(values, groups, 50, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_mean_over_findings_leaves_undefined_ones_out():
    means = np.array([[0.2, np.nan, 0.4], [np.nan] * 3])
    np.testing.assert_array_equal(mean_over_findings(means), [0.30000000000000004, np.nan])


@pytest.mark.parametrize("patients", [0, 1, 5])
def test_below_six_patients_there_is_no_interval_and_it_says_so(patients):
    found = interval_of_patients(np.arange(1000.0), patients)
    assert np.isnan([found.low, found.high]).all() and found.why == "fewer than 6 patients"
    there = interval_of_patients(np.arange(1000.0), 6)
    assert (there.low, there.high, there.why) == (24, 974, "")
