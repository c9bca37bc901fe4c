"""Boxes around what a map marks, against skimage's labels and by pencil."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label, regionprops

from data_cache.geometry import Geometry
from data_cache.masks import Rle
from evaluation.boxes.components import MOST, THRESHOLDS, find_boxes
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.overlay import overlay_map
from tests.evaluation.making import blob, smooth

SIZE = (60, 84)


def expected_boxes(mask: np.ndarray) -> set[tuple[float, ...]]:
    return {(x0, y0, x1, y1) for y0, x0, y1, x1 in (part.bbox for part in regionprops(label(mask, connectivity=2)))}


@given(st.integers(0, 999))
def test_boxes_of_masks(seed):
    mask = blob(seed, SIZE)
    if mask.any():
        assert set(map(tuple, MaskRuns.of(Rle.encode(mask)).boxes)) == expected_boxes(mask)


@given(st.integers(0, 9999), st.floats(0.02, 0.7), st.integers(1, 30), st.integers(1, 30))
def test_parts_of_noise(seed, density, height, width):
    """Many small parts that touch at corners, wind around each other and are joined late."""
    mask = np.random.default_rng(seed).random((height, width)) < density
    if mask.any():
        boxes = list(map(tuple, MaskRuns.of(Rle.encode(mask)).boxes))
        assert sorted(boxes) == sorted((x0, y0, x1, y1) for y0, x0, y1, x1 in _bounds(mask))


def _bounds(mask: np.ndarray) -> list[tuple[int, int, int, int]]:
    return [part.bbox for part in regionprops(label(mask, connectivity=2))]


@settings(max_examples=25)
@given(st.integers(0, 999), st.sampled_from(["paper", "aligned"]))
def test_boxes_of_maps_on_small_radiographs_are_exact(seed, alignment):
    """Up to 256 pixels a side the grid is the pixels themselves; boxes lie on the radiograph, not on the crop."""
    region = Region.of_map(SIZE, Geometry(*SIZE, 64), alignment)
    overlay = overlay_map(smooth(seed, (9, 9)), region)
    whole = np.zeros(SIZE, np.float32)
    whole[region.top : region.top + region.rows, region.left : region.left + region.columns] = overlay.normalised
    for found, threshold in zip(find_boxes(overlay), THRESHOLDS, strict=True):
        assert set(map(tuple, found.boxes)) == expected_boxes(whole > threshold)
        parts = label(whole > threshold, connectivity=2)
        sums = sorted(whole[parts == k].sum(dtype=float) / whole.sum(dtype=float) for k in range(1, parts.max() + 1))
        np.testing.assert_allclose(found.ranks, sums[::-1], rtol=1e-5)


@pytest.mark.parametrize("size", [(1200, 900), (700, 2100)])
def test_edges_on_large_radiographs_are_off_by_a_cell_at_most(size):
    overlay = overlay_map(smooth(5, (8, 8)), Region(*size, 0, 0, *size))
    for found, threshold in zip(find_boxes(overlay), THRESHOLDS, strict=True):
        exact = np.array(sorted(expected_boxes(overlay.normalised > threshold)))
        near = np.array(sorted(map(tuple, found.boxes)))
        assert near.shape == exact.shape
        assert np.abs(near - exact).max() <= max(size) / 256 + 1


def test_many_parts_are_cut_at_the_limit():
    values = np.zeros((60, 84), np.float32)
    values[::3, ::3] = 1 + np.arange(20 * 28).reshape(20, 28) / 1000
    found = find_boxes(overlay_map(values, Region(*SIZE, 0, 0, *SIZE)))[0]
    assert len(found.boxes) == MOST
    assert (np.diff(found.ranks) <= 0).all()
