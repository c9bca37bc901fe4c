"""Holm's correction against the steps written out."""

import numpy as np
import pytest

from evaluation.inference.holm import holm


def stepwise(values, alpha):
    """Holm's procedure as he gives it: the smallest are rejected one after the other until one is not small enough."""
    rejected = np.zeros(len(values), bool)
    for rank, k in enumerate(np.argsort(values, kind="stable")):
        if values[k] > alpha / (len(values) - rank):
            break
        rejected[k] = True
    return rejected


def test_by_pencil():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02], rtol=1e-12)
    np.testing.assert_array_equal(holm([0.9, 0.8]), [1, 1])
    assert len(holm([])) == 0


def test_no_test_counts_for_nothing():
    found = holm([np.nan, 0.02, np.nan, 0.03])
    assert np.isnan(found[[0, 2]]).all()
    np.testing.assert_allclose(found[[1, 3]], [0.04, 0.04])


@pytest.mark.parametrize("seed", range(5))
def test_it_rejects_what_the_procedure_rejects(seed):
    values = np.random.default_rng(seed).beta(0.3, 2, 30)
    for alpha in (0.01, 0.05, 0.2):
        np.testing.assert_array_equal(holm(values) <= alpha, stepwise(values, alpha))
