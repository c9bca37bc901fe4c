"""Floors: the mean leaves the patient out, and nothing else."""

import numpy as np
import pytest

from data_cache.gaze.gaze_map import GazeMap, unit_sum
from evaluation.gaze.floors import AVERAGE, CENTRE, GazeSum, centre, floors


def gaze(seed, shape=(128, 128)):
    values = np.random.default_rng(seed).random(shape)
    return GazeMap(f"c{seed}", "r", unit_sum(values, "a test"), shape)


def test_the_mean_is_of_other_patients_of_the_same_kind():
    own, others = [("heart", gaze(1)), ("heart", gaze(2))], [("heart", gaze(3)), ("left", gaze(4)), ("heart", gaze(5))]
    total = GazeSum.of(own)
    total.add(GazeSum.of(others))
    found = floors(total, GazeSum.of(own), "heart", (128, 128))
    expected = (others[0][1].values.astype(np.float64) + others[2][1].values) / 2
    np.testing.assert_allclose(found[AVERAGE], expected, rtol=1e-5)
    np.testing.assert_array_equal(found[CENTRE], centre((128, 128)))


def test_without_others_there_is_no_mean():
    own = GazeSum.of([("heart", gaze(1))])
    assert list(floors(own, own, "heart", (8, 8))) == [CENTRE]
    assert list(floors(own, GazeSum(), "left", (8, 8))) == [CENTRE]


def test_a_mean_over_radiographs_of_other_sizes_keeps_its_place():
    """A spot a quarter from the left and a third from the top, on radiographs of two sizes."""
    total = GazeSum()
    for shape in ((384, 512), (96, 64)):
        values = np.zeros(shape)
        rows, columns = np.mgrid[: shape[0], : shape[1]]
        values[:] = np.exp(
            -(((rows + 0.5) / shape[0] - 1 / 3) ** 2 + ((columns + 0.5) / shape[1] - 1 / 4) ** 2) / 0.002
        )
        total.add(GazeSum.of([("whole", GazeMap("c", "r", unit_sum(values, "a test"), shape))]))
    mean = total.mean_without(GazeSum(), "whole", (300, 400))
    assert mean is not None
    assert np.unravel_index(mean.argmax(), mean.shape) == pytest.approx((99.5, 99.5), abs=3)
    assert mean.dtype == np.float32 and mean.min() >= 0


def test_the_centre_is_a_gaussian_of_a_quarter_of_each_side():
    found = centre((9, 41))
    assert found[4, 20] == found.max() == 1
    offset = 10 / 41
    assert found[4, 30] == pytest.approx(np.exp(-0.5 * (offset / 0.25) ** 2), rel=1e-6)
    np.testing.assert_allclose(found, found[::-1, ::-1])
