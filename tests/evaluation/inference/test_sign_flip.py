"""The sign-flip test against SciPy's, against pencil, and how often it rejects where there is nothing to find."""

import numpy as np
import pytest
from scipy import stats

from evaluation.inference.sign_flip import FLIPS, mean_effects, patient_sums, sign_flips

# The first number of the Mersenne Twister with this seed, as its authors publish it.
SEED, FIRST = 5489, 3499211612


def p_of(effects, patients=None, seed=0):
    column = np.asarray(effects, float)[:, None]
    return sign_flips(column, np.array([len(column) if patients is None else patients]), seed)[0].p


def test_by_pencil():
    assert p_of([1, 1, 1, 1, 1, 1]) == 2 / 64
    assert p_of([1, 1, 1, 1, 1, -1]) == 14 / 64  # all alike, or one of six of the other sign
    assert p_of([1, 2, 4, 8, 16, -32]) == 1  # the least distance there is
    assert p_of([0, 0, 0, 0, 0, 0]) == 1
    assert p_of([3, 0, 0, 0, 0, 0]) == 1  # only one patient differs


@pytest.mark.parametrize("values", ["normal", "hits"])
@pytest.mark.parametrize("n", [6, 10, 13])
def test_exact_as_scipy_has_it(values, n):
    rng = np.random.default_rng(n)
    for _ in range(5):
        effects = rng.normal(0.3, 1, n) if values == "normal" else rng.integers(-1, 2, n).astype(float)
        expected = stats.permutation_test((effects,), np.sum, permutation_type="samples", n_resamples=np.inf).pvalue
        assert p_of(effects) == pytest.approx(expected, rel=1e-12)


def test_hits_are_tested_as_by_a_sign_test():
    effects = np.array([1.0] * 9 + [-1.0] * 3 + [0.0] * 20)
    found = sign_flips(effects[:, None], np.array([32]), 0)[0]
    assert found.exact and found.p == pytest.approx(stats.binomtest(3, 12).pvalue, rel=1e-12)


def test_many_patients_are_sampled_and_the_one_found_counts():
    effects = np.random.default_rng(1).normal(0.25, 1, 60)
    found = sign_flips(effects[:, None], np.array([60]), 0)[0]
    drawn = 20_000
    expected = stats.permutation_test(
        (effects,), np.sum, permutation_type="samples", n_resamples=drawn, rng=np.random.default_rng(5)
    ).pvalue
    assert not found.exact and found.p == pytest.approx(expected, abs=5 * np.sqrt(expected * (1 / FLIPS + 1 / drawn)))
    assert p_of(np.ones(60)) == 1 / (1 + FLIPS)
    assert p_of(effects, seed=1) != found.p == p_of(effects)


def test_rounding_breaks_no_tie():
    thirds = np.array([0.1, 0.2, 0.3, 0.1 + 0.2, 0.6, 0.7]) * (1 / 3)
    whole = np.array([1, 2, 3, 3, 6, 7.0])
    assert p_of(thirds) == p_of(whole)


@pytest.mark.parametrize("patients", [0, 1, 5])
def test_below_six_patients_there_is_no_p(patients):
    assert np.isnan(p_of(np.ones(8), patients))


def test_the_flips_are_the_mersenne_twisters_bits():
    assert int.from_bytes(np.random.RandomState(SEED).bytes(4), "little") == FIRST
    from evaluation.inference.sign_flip import _flips

    first = next(_flips(32, SEED))[0]
    assert int("".join(str(int(bit)) for bit in first[::-1]), 2) == FIRST


def test_sums_by_patient():
    values = np.array([[1, np.nan], [2, 4], [np.nan, np.nan], [8, 16]])
    sums, counts = patient_sums(values, ["b", "a", "c", "b"])
    np.testing.assert_array_equal(sums, [[2, 4], [9, 16], [0, 0]])
    np.testing.assert_array_equal(counts, [[1, 1], [2, 1], [0, 0]])
    np.testing.assert_allclose(mean_effects(sums, counts), [(2 / 3 + 2) / 2, (3 + 8) / 2, 0], rtol=1e-15)
    assert mean_effects(sums, counts).sum() == pytest.approx(np.nanmean(values, axis=0).mean(), rel=1e-15)


@pytest.mark.parametrize("patients", [6, 10, *(pytest.param(n, marks=pytest.mark.thorough) for n in (20, 50))])
def test_it_rejects_one_time_in_twenty_where_methods_are_equally_good(patients):
    """Patients of one to three images, with IoU differences of skewed sizes and a shared part a patient.

    With six patients the exact rate is 2/64 = 0.031, whatever the sizes: no other p-value lies below 0.05 but 1/32.
    """
    rng = np.random.default_rng(patients)
    trials = 2048
    sign = stratified_signs(rng, trials) if patients == 6 else rng.choice([-1.0, 1], (trials, patients))
    images = 1 + np.arange(patients) % 3
    sizes = np.abs(rng.gamma(0.7, 0.1, (trials, patients)) + rng.normal(0, 0.02, (trials, patients)))
    effects = sign * sizes * images
    found = np.array([one.p for one in sign_flips(effects.T, np.full(trials, patients), 0)])
    rate = np.mean(found <= 0.05)
    assert 0.03 <= rate <= 0.07, rate


def stratified_signs(rng, trials):
    """Every one of the 64 patterns of signs equally often, in random order: the rate then has no error of its own."""
    patterns = np.array(np.meshgrid(*[[-1.0, 1.0]] * 6)).reshape(6, -1).T
    return rng.permutation(np.tile(patterns, (trials // 64, 1)))


@pytest.mark.parametrize(
    ("patients", "least"),
    [(6, 0), (10, 0), *(pytest.param(*one, marks=pytest.mark.thorough) for one in ((20, 0.01), (50, 0.02)))],
)
def test_hits_are_rejected_at_most_as_often(patients, least):
    """Differences of hits are -1, 0 or 1: few p-values are possible, and the test stays on the safe side of 0.05."""
    rng = np.random.default_rng(patients)
    effects = rng.choice([-1.0, 0, 1], (1000, patients), p=(0.25, 0.5, 0.25))
    found = np.array([one.p for one in sign_flips(effects.T, np.full(1000, patients), 0)])
    assert least <= np.mean(found <= 0.05) <= 0.06
