"""Agreement of two regions, against SciPy and pencil."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import directed_hausdorff

from evaluation.truth.annotations import agreement, hausdorff

pairs = st.tuples(st.integers(1, 20), st.integers(1, 20)).flatmap(
    lambda size: st.tuples(arrays(bool, size), arrays(bool, size))
)


@given(pairs)
def test_hausdorff_is_scipy_s(pair) -> None:
    one, other = pair
    if not (one.any() and other.any()):
        assert math.isnan(hausdorff(one, other))
        return
    points = np.argwhere(one), np.argwhere(other)
    expected = max(directed_hausdorff(*points)[0], directed_hausdorff(*points[::-1])[0])
    assert hausdorff(one, other) == pytest.approx(expected, abs=1e-5)


def test_by_pencil() -> None:
    one, other = np.zeros((10, 10), bool), np.zeros((10, 10), bool)
    one[2:6, 2:6], other[2:6, 4:8] = True, True
    found = agreement(one, other)
    assert (found.iou, found.dice, found.hausdorff) == pytest.approx((8 / 24, 16 / 32, 2))
    assert agreement(one, one).hausdorff == 0 and agreement(one, one).iou == 1


def test_empty_masks_have_no_distance() -> None:
    empty, full = np.zeros((3, 3), bool), np.ones((3, 3), bool)
    assert math.isnan(agreement(empty, empty).iou) and math.isnan(agreement(empty, empty).hausdorff)
    assert agreement(empty, full).dice == 0 and math.isnan(agreement(full, empty).hausdorff)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        hausdorff(np.ones((2, 2), bool), np.ones((2, 3), bool))
