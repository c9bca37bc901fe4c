"""Distances between outlines, against SciPy's neighbours and by hand."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import cKDTree

from evaluation.pixels.surfaces import hd95
from tests.evaluation.making import blob


def outline(mask: np.ndarray) -> np.ndarray:
    return np.argwhere(mask & ~ndimage.binary_erosion(mask))


def expected(one: np.ndarray, other: np.ndarray) -> float:
    a, b = outline(one), outline(other)
    return max(np.percentile(cKDTree(b).query(a)[0], 95), np.percentile(cKDTree(a).query(b)[0], 95))


@pytest.mark.parametrize("seed", range(4))
def test_as_of_the_nearest_points(seed: int) -> None:
    one, other = blob(seed), blob(seed + 9)
    assert hd95(one, other) == pytest.approx(expected(one, other), abs=1e-4)
    assert hd95(other, one) == pytest.approx(hd95(one, other), abs=1e-6)


def test_by_hand() -> None:
    one, other = (np.zeros((40, 40), bool) for _ in range(2))
    one[10:20, 10:20] = other[13:23, 14:24] = True
    assert hd95(one, one) == 0
    assert hd95(one, other) == pytest.approx(expected(one, other), abs=1e-5)
    point = np.zeros_like(one)
    point[10, 30] = True
    assert hd95(point, np.roll(point, 7, axis=0)) == 7
    assert hd95(one, np.zeros_like(one)) != hd95(one, np.zeros_like(one))  # NaN
    with pytest.raises(ValueError, match="masks of one shape"):
        hd95(one, one[1:])


def test_one_stray_pixel_does_not_set_it() -> None:
    one = np.zeros((60, 60), bool)
    one[20:40, 20:40] = True
    stray = one.copy()
    stray[59, 59] = True
    assert hd95(one, stray) == 0
