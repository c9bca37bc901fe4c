"""The metrics against numbers worked out by hand and against scikit-learn and torchmetrics-like counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from evaluation import localization as loc
from evaluation.localization import Overlap
from tests.data_cache.drawn_masks import drawn_masks

MASK = np.array([[0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]], bool)
EMPTY = np.zeros((3, 4), bool)
MARKED = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]], bool)  # 5 marked, 2 of them in the mask of 4


def ramp(shape=(3, 4)):
    return np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)


def test_pencil_values():
    overlap = Overlap.count(MARKED, MASK)
    assert loc.iou_all(overlap) == 2 / 7
    assert loc.iou_true_positive(overlap) == 2 / 7
    assert loc.precision(overlap) == 2 / 5
    assert loc.recall(overlap) == 2 / 4
    assert loc.specificity(overlap) == 5 / 8
    assert loc.dice(overlap) == 4 / 9


@pytest.mark.parametrize(
    ("marked", "mask", "tp", "everything", "precision", "recall", "specificity", "dice"),
    [
        (MARKED, EMPTY, np.nan, 0, 0, np.nan, 7 / 12, 0),
        (EMPTY, MASK, np.nan, 0, np.nan, 0, 1, 0),
        (EMPTY, EMPTY, np.nan, np.nan, np.nan, np.nan, 1, np.nan),
        (~EMPTY, ~EMPTY, 1, 1, 1, 1, np.nan, 1),
    ],
)
def test_what_is_undefined(marked, mask, tp, everything, precision, recall, specificity, dice):
    overlap = Overlap.count(marked, mask)
    found = [
        loc.iou_true_positive(overlap),
        loc.iou_all(overlap),
        loc.precision(overlap),
        loc.recall(overlap),
        loc.specificity(overlap),
        loc.dice(overlap),
    ]
    np.testing.assert_array_equal(np.array(found), [tp, everything, precision, recall, specificity, dice])


boolean = drawn_masks(st.just(5), st.just(6))


@settings(max_examples=40)
@given(boolean, boolean)
def test_counts_equal_scikit_learn(marked, mask):
    overlap = Overlap.count(marked, mask)
    flat = mask.ravel(), marked.ravel()
    if (marked | mask).any():
        assert loc.iou_all(overlap) == pytest.approx(metrics.jaccard_score(*flat), rel=1e-12)
    for ours, theirs in (
        (loc.dice, metrics.f1_score),
        (loc.precision, metrics.precision_score),
        (loc.recall, metrics.recall_score),
    ):
        np.testing.assert_allclose(ours(overlap), theirs(*flat, zero_division=np.nan), rtol=1e-12)


def test_overlap_of_different_shapes_is_refused():
    with pytest.raises(ValueError, match=r"one shape"):
        Overlap.count(MARKED, MASK[:, :3])


def test_normalise_reaches_0_and_1_and_keeps_nan():
    values = np.array([[-3.0, 5.0], [1.0, np.nan]], np.float32)
    np.testing.assert_array_equal(loc.normalise(values), np.array([[0, 1], [0.5, np.nan]], np.float32))


@pytest.mark.parametrize("value", [0.0, -2.5, np.nan])
def test_a_constant_map_marks_nothing(value):
    normalised = loc.normalise(np.full((3, 4), value, np.float32))
    assert np.isnan(normalised).all()
    assert not loc.mark(normalised, 0.0).any()


def test_a_pixel_on_the_threshold_is_not_marked():
    normalised = np.array([[0, 0.25, 0.5, 1]], np.float32)
    np.testing.assert_array_equal(loc.mark(normalised, 0.5), [[False, False, False, True]])


@given(st.floats(0, 1), st.floats(0, 1, width=32))
def test_comparing_in_float32_is_exact(threshold, value):
    assert (np.float32(value) > loc.float32_below(threshold)) == (float(np.float32(value)) > threshold)


def test_hit_is_the_mask_at_the_largest_value():
    values = ramp()
    values[1, 2] = 99
    assert loc.hit(values, MASK) == 1
    values[2, 0] = 100
    assert loc.hit(values, MASK) == 0


def test_of_equal_values_the_first_in_row_order_is_hit():
    values = np.zeros((3, 4), np.float32)
    values[0, 1] = values[2, 3] = 1
    assert loc.hit(values, MASK) == 1
    assert loc.hit(values[::-1, ::-1], MASK) == 0


def test_hit_of_an_empty_mask_and_of_no_map_is_undefined():
    assert np.isnan(loc.hit(ramp(), EMPTY))
    assert np.isnan(loc.hit(np.full((3, 4), np.nan, np.float32), MASK))


def test_a_constant_map_points_at_the_upper_left_corner():
    constant = np.ones((3, 4), np.float32)
    corner = EMPTY.copy()
    corner[0, 0] = True
    assert loc.hit(constant, MASK) == 0
    assert loc.hit(constant, corner) == 1


def test_nan_is_never_the_largest():
    values = ramp()
    values[2, 3] = np.nan
    assert loc.peak(values) == (2, 2)


@pytest.mark.parametrize(("tolerance", "expected"), [(0, 0), (1.4, 0), (2, 0), (2.2, 0), (2.3, 1), (50, 1)])
def test_tolerance_is_euclidean(tolerance, expected):
    mask = EMPTY.copy()
    mask[0, 1] = True  # the largest value lies at (2, 2) + one more: (2, 3) is 2 rows and 2 columns away
    values = ramp()
    values[2, 2] = 50  # 2 rows and 1 column away: √5 ≈ 2.236
    assert loc.pointing_hit(values, mask, tolerance) == expected


@given(boolean, st.integers(0, 4), st.integers(0, 5), st.floats(0, 6))
def test_near_equals_every_distance(mask, row, column, tolerance):
    rows, columns = np.nonzero(mask)
    distances = (rows - row) ** 2 + (columns - column) ** 2
    assert loc.mask_is_near(mask, (row, column), tolerance) == bool((distances <= tolerance**2).any())


def test_energy_is_the_share_above_the_minimum():
    values = np.array([[1, 3], [2, 1]], np.float32)  # above the minimum: 0, 2, 1, 0
    mask = np.array([[0, 1], [0, 0]], bool)
    assert loc.energy_inside(values, mask) == pytest.approx(2 / 3, abs=1e-12)
    assert np.isnan(loc.energy_inside(values, np.zeros((2, 2), bool)))
    assert np.isnan(loc.energy_inside(np.ones((2, 2), np.float32), mask))


def test_different_shapes_are_refused():
    for function in (loc.hit, loc.energy_inside):
        with pytest.raises(ValueError, match="one shape"):
            function(ramp(), MASK[:2])
    with pytest.raises(ValueError, match="tolerance"):
        loc.pointing_hit(ramp(), MASK, -1)


def test_inputs_stay_as_they_are():
    values, mask = ramp(), MASK.copy()
    loc.normalise(values), loc.hit(values, mask), loc.energy_inside(values, mask)
    np.testing.assert_array_equal(values, ramp())
    np.testing.assert_array_equal(mask, MASK)
