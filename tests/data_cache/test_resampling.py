"""How much of a pixel a mask covers, against exact fractions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_cache.resampling import coverage


def by_fractions(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Each new pixel's share of each old one, as overlaps of intervals."""

    def overlaps(old: int, new: int) -> np.ndarray:
        edges, own = np.arange(new + 1) * old / new, np.arange(old)
        low, high = np.maximum(edges[:-1, None], own), np.minimum(edges[1:, None], own + 1)
        return np.maximum(high - low, 0) * (new / old)

    return overlaps(mask.shape[0], size[0]) @ mask.astype(float) @ overlaps(mask.shape[1], size[1]).T


sides = st.integers(1, 40)


@given(st.tuples(sides, sides), st.tuples(sides, sides), st.integers(0, 2**32))
def test_coverage_is_the_exact_area(old, new, seed):
    mask = np.random.default_rng(seed).random(old) < 0.5
    np.testing.assert_allclose(coverage(mask, new), by_fractions(mask, new), atol=1e-10)


@pytest.mark.parametrize("side", [513, 1023, 2021])
def test_coverage_is_exact_at_the_sizes_of_radiographs(side):
    mask = np.random.default_rng(side).random((side, side)) < 0.5
    np.testing.assert_allclose(coverage(mask, (512, 512)), by_fractions(mask, (512, 512)), atol=1e-10)
