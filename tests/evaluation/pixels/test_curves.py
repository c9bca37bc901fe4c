"""Counts at every threshold at once against counting at each threshold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.localization import Overlap, iou_all, mark, normalise
from evaluation.pixels.curves import STEPS, THRESHOLDS, threshold_curve
from tests.data_cache.drawn_masks import drawn_masks

SHAPE = (7, 9)
on_thresholds = st.integers(0, STEPS).map(lambda k: k / STEPS)


def maps(values):
    """Maps in which a few values stand in any order."""
    pixels = SHAPE[0] * SHAPE[1]
    return st.builds(
        lambda few, order: np.array(few, np.float32)[np.frombuffer(order, np.uint8) % len(few)].reshape(SHAPE),
        st.lists(values, min_size=1, max_size=20),
        st.binary(min_size=pixels, max_size=pixels),
    )


masks = drawn_masks(*map(st.just, SHAPE))


@given(maps(st.floats(0, 1, width=32)) | maps(on_thresholds), masks, st.integers(0, STEPS))
def test_counts_are_exact_at_any_step(values, mask, step):
    found = threshold_curve(values, mask).at(step / STEPS)
    expected = Overlap.count(mark(values, step / STEPS), mask)
    assert (found.both, found.marked, found.mask, found.pixels) == (
        expected.both,
        expected.marked,
        expected.mask,
        expected.pixels,
    )


def test_all_thresholds_at_once_equal_one_by_one():
    rng = np.random.default_rng(0)
    values = normalise(rng.normal(size=(40, 31)).astype(np.float32).round(1))  # many ties
    mask = rng.random((40, 31)) < 0.3
    curve = iou_all(threshold_curve(values, mask).overlap())
    each = [float(iou_all(Overlap.count(mark(values, t), mask))) for t in THRESHOLDS]
    np.testing.assert_array_equal(curve, each)


def test_neighbours_of_a_threshold_in_float32_fall_on_their_sides():
    half = np.float32(0.5)
    values = np.array([[np.nextafter(half, np.float32(0)), half, np.nextafter(half, np.float32(1))]])
    assert threshold_curve(values, np.ones((1, 3), bool)).at(0.5).marked == 1


def test_nan_is_marked_by_no_threshold_but_missed_in_the_mask():
    values = np.array([[np.nan, 1.0]], np.float32)
    curve = threshold_curve(values, np.array([[True, True]]))
    assert curve.marked[0] == 1
    assert curve.mask == 2
    assert iou_all(curve.at(0.0)) == 0.5


def test_more_pixels_than_are_counted_at_once():
    values = np.tile(np.float32([0, 0.25, 0.75, 1]), (700, 100))
    curve = threshold_curve(values, values > 0.5)
    assert curve.at(0.5).marked == curve.at(0.5).both == 140_000
    assert curve.at(0.25).marked == 140_000
    assert curve.at(0.0).marked == 210_000


def test_an_empty_mask_is_never_met():
    curve = threshold_curve(np.float32([[0, 0.5, 1]]), np.zeros((1, 3), bool))
    np.testing.assert_array_equal(curve.both, 0)
    assert iou_all(curve.at(0.25)) == 0
    assert np.isnan(iou_all(curve.at(1.0)))  # nothing lies above 1


@pytest.mark.parametrize("threshold", [0.3, -1 / STEPS, 1.5])
def test_other_thresholds_are_refused(threshold):
    with pytest.raises(ValueError, match="multiple of 1/2048"):
        threshold_curve(np.float32([[0, 1]]), np.ones((1, 2), bool)).at(threshold)


def test_different_shapes_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        threshold_curve(np.zeros((2, 3), np.float32), np.zeros((3, 2), bool))
