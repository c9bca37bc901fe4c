"""Grids, noise and curves."""

import cv2
import numpy as np
import pytest

from data_cache.phantom.grid import Canvas, Grid, dome, smooth_curve, step


def square(side: int) -> Grid:
    return Grid(side, side, float(side), 0.0, 0.0)


@pytest.mark.parametrize("cells", [5, 24, 60])
def test_noise_is_one_function_sampled_on_any_raster(cells: int) -> None:
    fine, coarse = (square(side).noise(np.random.default_rng(3), cells) for side in (768, 256))
    shrunk = cv2.resize(fine, (256, 256), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(shrunk.ravel(), coarse.ravel())[0, 1] > 0.97


def test_a_strip_is_a_part_of_the_grid() -> None:
    grid = square(200)
    columns, strip = grid.strip(0.25, 0.5)
    assert strip.x == pytest.approx(grid.x[:, columns], abs=1e-6)
    part = strip.noise(np.random.default_rng(0), 9)
    assert part == pytest.approx(grid.noise(np.random.default_rng(0), 9)[:, columns], abs=2e-2)  # warp is fixed-point


def test_a_ribbon_has_its_area() -> None:
    canvas = Canvas(square(256))
    canvas.ribbon(np.array([[0.2, 0.5], [0.5, 0.5], [0.8, 0.5]]), 0.1, 1.0)
    # OpenCV's antialiasing widens a shape by up to half a pixel a side
    assert canvas.field().mean() == pytest.approx(0.06, rel=0.05)


def test_profiles_by_hand() -> None:
    t = np.array([-1, 0, 0.5, 1, 2], np.float32)
    assert dome(t) == pytest.approx([0, 0, np.sqrt(0.75), 1, 1])
    assert step(t) == pytest.approx([0, 0, 0.5, 1, 1])


def test_a_curve_goes_through_its_ends() -> None:
    knots = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]])
    curve = smooth_curve(knots, 21)
    assert curve[0] == pytest.approx(knots[0])
    assert curve[-1] == pytest.approx(knots[-1], abs=1e-6)
    assert curve[10] == pytest.approx(knots[1], abs=1e-6)
