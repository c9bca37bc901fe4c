"""A laid map against the pure metrics on whole arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_cache.geometry import Geometry
from data_cache.masks import Rle
from evaluation import localization as loc
from evaluation.localization import Overlap
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.overlay import overlay_map


def fields(overlap):
    return tuple(int(value) for value in (overlap.both, overlap.marked, overlap.mask, overlap.pixels))


@settings(max_examples=40)
@given(
    st.integers(0, 999),
    st.tuples(st.integers(1, 20), st.integers(1, 20)).filter(lambda s: s != (1, 1)),
    st.tuples(st.integers(20, 160), st.integers(20, 160)),
    st.sampled_from(["paper", "aligned"]),
    st.floats(0, 1),
)
def test_equals_whole_arrays(seed, map_shape, shape, alignment, threshold):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=map_shape).astype(np.float32).round(1)
    if np.ptp(values) == 0:
        return
    mask = np.zeros(shape, bool)
    mask[rng.integers(0, shape[0]) :, : rng.integers(1, shape[1])] = True
    geometry = Geometry(*shape, 32)
    whole = geometry.map_to_original(values, alignment)
    overlay = overlay_map(values, Region.of_map(shape, geometry, alignment))
    found = overlay.against(MaskRuns.of(Rle.encode(mask)))
    normalised = loc.normalise(whole)
    assert overlay.peak == loc.peak(whole)
    assert fields(found.above(threshold)) == fields(Overlap.count(loc.mark(normalised, threshold), mask))
    assert fields(found.curve().at(0.25)) == fields(Overlap.count(loc.mark(normalised, 0.25), mask))
    assert found.hit() == loc.hit(whole, mask)
    assert found.hit(3.5) == loc.pointing_hit(whole, mask, 3.5)
    # The sum of float32 values is rounded in another order.
    assert found.energy_inside() == pytest.approx(loc.energy_inside(whole, mask), abs=2e-6)


def test_aligned_maps_miss_what_lies_outside_the_crop():
    geometry = Geometry(10, 30, 10)
    mask = np.zeros((10, 30), bool)
    mask[:, :15] = True  # 100 pixels left of the crop, 50 in it
    values = np.ones((2, 2), np.float32)
    values[:, 1] = 0  # the left half of the crop
    found = overlay_map(values, Region.of_map((10, 30), geometry, "aligned")).against(MaskRuns.of(Rle.encode(mask)))
    overlap = found.above(0.5)
    assert fields(overlap) == (50, 50, 150, 300)
    assert loc.iou_all(overlap) == 50 / 150
