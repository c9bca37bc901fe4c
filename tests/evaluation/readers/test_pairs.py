"""Two readers: scikit-learn, SciPy, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.ndimage import center_of_mass
from sklearn.metrics import cohen_kappa_score, jaccard_score

from data_cache.masks import Rle
from evaluation.readers.pairs import centroid, compare, holds, overlap_of, pixel_kappa

pictures = arrays.arrays(bool, st.just((6, 7)))


@settings(max_examples=40)
@given(one=pictures, other=pictures)
def test_kappa_and_iou_are_scikit_learns(one, other):
    overlap = overlap_of(Rle.encode(one), Rle.encode(other))
    found = compare(Rle.encode(one), Rle.encode(other), None)
    if one.any() or other.any():
        assert found.iou == pytest.approx(jaccard_score(one.ravel(), other.ravel()), abs=1e-12)
    else:
        assert np.isnan(found.iou)
    if (one.any() or other.any()) and not (one.all() and other.all()):
        assert pixel_kappa(overlap) == pytest.approx(cohen_kappa_score(one.ravel(), other.ravel()), abs=1e-12)
    else:
        assert np.isnan(pixel_kappa(overlap))


@given(mask=pictures)
def test_the_centroid_is_scipys(mask):
    found = centroid(Rle.encode(mask))
    if not mask.any():
        assert found is None
        return
    row, column = center_of_mass(mask)
    assert found == pytest.approx((column + 0.5, row + 0.5))
    assert holds(Rle.encode(mask), found) == mask[int(found[1]), int(found[0])]


def square(x0, y0, x1, y1, size=(20, 30)):
    mask = np.zeros(size, bool)
    mask[y0:y1, x0:x1] = True
    return Rle.encode(mask)


def test_two_squares_by_hand():
    """Of 10 × 10 each, shifted by half: 50 shared, 150 in either; of 600 pixels 500 agree."""
    found = compare(square(0, 0, 10, 10), square(5, 0, 15, 10), (5.0, 5.0))
    assert found.iou == pytest.approx(1 / 3)
    chance = (100 * 100 + 500 * 500) / 600**2
    assert found.kappa == pytest.approx((500 / 600 - chance) / (1 - chance))
    assert found.hit == 1 and found.both
    assert compare(square(0, 0, 10, 10), square(6, 0, 15, 10), (5.0, 5.0)).hit == 0


def test_one_who_marks_nothing_agrees_with_nobody():
    nothing = square(0, 0, 0, 0)
    found = compare(square(0, 0, 10, 10), nothing, (5.0, 5.0))
    assert (found.iou, found.kappa, found.both) == (0, 0, False) and np.isnan(found.hit)


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="one \\(height, width\\)"):
        overlap_of(square(0, 0, 1, 1), square(0, 0, 1, 1, (5, 5)))
