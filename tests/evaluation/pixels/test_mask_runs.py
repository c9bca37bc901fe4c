"""Runs of a mask against the decoded mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_cache.geometry import Geometry
from data_cache.masks import Rle
from evaluation.pixels.mask_runs import MaskRuns, Region
from tests.data_cache.drawn_masks import drawn_masks

masks = drawn_masks()


@st.composite
def masks_and_regions(draw):
    mask = draw(masks)
    height, width = mask.shape
    top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    rows, columns = draw(st.integers(1, height - top)), draw(st.integers(1, width - left))
    return mask, Region(height, width, top, left, rows, columns)


@given(masks_and_regions())
def test_the_same_pixels(pair):
    mask, region = pair
    runs = MaskRuns.of(Rle.encode(mask))
    window = mask[region.top : region.top + region.rows, region.left : region.left + region.columns]
    assert runs.area == mask.sum()
    np.testing.assert_array_equal(runs.within(region), np.flatnonzero(window))
    np.testing.assert_array_equal(runs.cut_out(region), window)


@given(masks, st.integers(0, 11), st.integers(0, 11), st.floats(0, 9))
def test_near_equals_every_distance(mask, row, column, tolerance):
    rows, columns = np.nonzero(mask)
    expected = bool(((rows - row) ** 2 + (columns - column) ** 2 <= tolerance**2).any())
    assert MaskRuns.of(Rle.encode(mask)).near(row, column, tolerance) == expected


@pytest.mark.parametrize(("row", "column", "distance"), [(4, 5, 0), (4, 9, 4), (7, 5, 3), (8, 2, 5), (1, 1, 5)])
def test_a_pixel_at_exactly_the_tolerance_is_near(row, column, distance):
    mask = np.zeros((12, 12), bool)
    mask[4, 5] = True
    runs = MaskRuns.of(Rle.encode(mask))
    assert runs.near(row, column, distance)
    assert not distance or not runs.near(row, column, np.nextafter(distance, 0))


@given(masks)
def test_bounds_touch_the_mask_on_every_side(mask):
    runs = MaskRuns.of(Rle.encode(mask))
    if not mask.any():
        with pytest.raises(ValueError, match="empty"):
            runs.bounds()
        return
    rows, columns = np.nonzero(mask)
    bounds = runs.bounds()
    assert (bounds.top, bounds.left) == (rows.min(), columns.min())
    assert bounds.shape == (np.ptp(rows) + 1, np.ptp(columns) + 1)


def test_regions_of_the_two_alignments():
    geometry = Geometry(30, 50, 16)
    assert Region.of_map((30, 50), geometry, "paper") == Region(30, 50, 0, 0, 30, 50)
    assert Region.of_map((30, 50), geometry, "aligned") == Region(30, 50, 0, 10, 30, 30)
    assert Region.of_map((30, 50), None, "aligned") == Region(30, 50, 0, 0, 30, 50)
