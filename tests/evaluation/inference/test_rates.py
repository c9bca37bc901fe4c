"""Intervals of rates against SciPy's, and how images of one patient count."""

import numpy as np
import pytest
from scipy import stats

from evaluation.inference.rates import effective_trials, wilson


@pytest.mark.parametrize(("hits", "n"), [(0, 9), (9, 9), (3, 10), (1, 1), (250, 300)])
def test_independent_images_as_scipy_has_it(hits, n):
    values = np.array([1.0] * hits + [0.0] * (n - hits) + [np.nan])
    patients = [str(k) for k in range(n + 1)]
    expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert effective_trials(values, patients) == pytest.approx(n, rel=1e-12)
    found = wilson(hits / n, effective_trials(values, patients))
    assert found == pytest.approx((expected.low, expected.high), rel=1e-12, abs=1e-15)


def test_no_hit_of_nine_says_how_little_that_is():
    low, high = wilson(0.0, 9)
    assert (low, high) == (0, pytest.approx(0.2991, abs=1e-4))
    assert high < stats.binomtest(0, 9).proportion_ci(method="exact").high


def test_images_that_repeat_one_another_count_once():
    hits = np.array([1.0, 0, 0, 1, 1, 0, 0, 0, 1, 0])
    patients = [str(k) for k in range(10)]
    twice = effective_trials(np.repeat(hits, 2), np.repeat(patients, 2).tolist())
    assert twice == pytest.approx(10, rel=1e-12)
    assert effective_trials(np.ones(20), np.repeat(patients, 2).tolist()) == 10  # all alike: nothing to tell it from


def test_by_pencil():
    hits = np.array([1.0, 1, 0, 0, 1, 0, 1, 0])
    patients = ["a", "a", "b", "c", "d", "e", "f", "f"]
    # rate 1/2; sums less half the images: a 1, b -1/2, c -1/2, d 1/2, e -1/2, f 0; their squares add up to 2
    assert effective_trials(hits, patients) == 8 / max(1, 2 / (8 * 0.25))
    patients = ["a", "a", "b", "c", "a", "e", "f", "d"]  # a 3/2, b -1/2, c -1/2, e -1/2, f 1/2, d -1/2: 2.25 + 1.25
    assert effective_trials(hits, patients) == 8 / (3.5 / 2)


def test_few_patients_are_at_most_as_many_trials():
    hits = np.array([1.0, 0, 1, 0, 0, 1])
    assert effective_trials(hits, ["a"] * 6) == 1
    assert effective_trials(hits, ["a", "a", "b", "b", "c", "c"]) == 3


def test_the_interval_covers_the_rate_where_patients_have_two_images():
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(40), 2).astype(str).tolist()
    inside = 0
    for _ in range(600):
        own = rng.beta(0.6, 1.4, 40)  # the patients' rates, 0.3 in the mean
        hits = (rng.random(80) < np.repeat(own, 2)).astype(float)
        low, high = wilson(float(hits.mean()), effective_trials(hits, patients))
        inside += low <= 0.3 <= high
    assert 0.92 <= inside / 600 <= 0.98
