"""Otsu's region against drawing every outline with Pillow, as the reference does, and against SciPy's hole filling."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import ndimage

from evaluation.localization import normalise
from evaluation.pixels.otsu import fill_regions, otsu
from tests.evaluation.reference import Item, segmentation


def smooth(seed: int, shape: tuple[int, int]) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=shape)
    return ndimage.gaussian_filter(noise, 1.2).astype(np.float32)


@example(26, 31, 52)  # a region inside the hole of another
@given(st.integers(0, 10_000), st.integers(6, 60), st.integers(6, 60))
def test_equals_the_reference(seed, height, width):
    values = smooth(seed, (height, width))
    expected = segmentation(Item(values, values.shape, None), None).astype(bool)
    np.testing.assert_array_equal(otsu(normalise(values))[0], expected)


@given(st.integers(0, 10_000))
def test_filling_equals_scipy_but_for_lone_pixels(seed):
    marked = np.random.default_rng(seed).random((20, 24)) < 0.4
    eight = np.ones((3, 3))
    labels, _ = ndimage.label(marked, eight)
    sizes = np.bincount(labels.ravel())
    large = marked & (sizes[labels] > 1)
    # A hole of an 8-connected region is a 4-connected part of the rest that does not reach the border.
    expected = ndimage.binary_fill_holes(large)
    np.testing.assert_array_equal(fill_regions(marked.astype(np.uint8)), expected)


def test_two_levels_are_told_apart_and_the_hole_is_filled():
    values = np.zeros((9, 9), np.float32)
    values[2:7, 2:7] = 1
    values[4, 4] = 0
    marked, threshold = otsu(values)
    assert marked.sum() == 25
    assert 0 <= threshold < 1


@pytest.mark.parametrize("level", [1, 51, 128])
def test_the_threshold_is_a_share_of_255(level):
    """Black, white and a lower grey that is the darker class's upper end: by pencil, nothing above it is dark."""
    values = np.zeros((8, 8), np.float32)
    values[:4] = np.float32(level) / np.float32(255)
    values[4:] = 1
    values[0, :2] = 0
    marked, threshold = otsu(values)
    assert threshold == level / 255
    np.testing.assert_array_equal(marked, values == 1)


def test_a_lone_pixel_is_dropped_and_a_pair_stays():
    values = np.zeros((8, 8), np.float32)
    values[1, 1] = 1
    assert not otsu(values)[0].any()
    values[1, 2] = 1
    assert otsu(values)[0].sum() == 2


def test_a_constant_map_marks_nothing():
    marked, threshold = otsu(normalise(np.full((5, 5), 3, np.float32)))
    assert not marked.any()
    assert np.isnan(threshold)


@pytest.mark.parametrize("rows", [1, 2])
def test_maps_of_few_rows(rows):
    values = np.linspace(0, 1, 12, dtype=np.float32).reshape(1, -1).repeat(rows, axis=0)
    expected = segmentation(Item(values, values.shape, None), None).astype(bool)
    np.testing.assert_array_equal(otsu(normalise(values))[0], expected)
