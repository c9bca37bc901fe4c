"""Shapes as masks: against the pixels' centres one by one, and against pycocotools."""

import numpy as np
import pytest
from pycocotools import mask as coco

from data_cache.errors import InputError
from data_cache.marks import Box, Disc, Ellipse, Mark, Polygon, Runs, Unions, loosest, nothing, union
from data_cache.masks import Rle, run_lengths

SIZE = (37, 53)
rows, columns = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5


def _decoded(theirs):
    return Rle(SIZE, theirs["counts"].decode("ascii")).decode()


def _draws(count):
    rng = np.random.default_rng(5)
    for _ in range(count):
        x0, y0 = rng.uniform(-20, 50, 2)
        yield x0, y0, x0 + rng.uniform(0.1, 60), y0 + rng.uniform(0.1, 60)


@pytest.mark.parametrize("corners", list(_draws(60)))
def test_a_box_holds_the_pixels_whose_centres_it_holds(corners):
    x0, y0, x1, y1 = corners
    expected = (columns >= x0) & (columns < x1) & (rows >= y0) & (rows < y1)
    encoded = Box(*corners).encode(SIZE)
    assert np.array_equal(encoded.decode(), expected)
    assert encoded == Rle.encode(expected)  # text for text: no run of nothing


@pytest.mark.parametrize("corners", [(0, 0, 53, 37), (0, 0, 1, 1), (52, 36, 53, 37), (3, 0, 9, 37), (10, 5, 20, 9)])
def test_a_box_along_pixels_is_pycocotools_box(corners):
    x0, y0, x1, y1 = corners
    theirs = coco.frPyObjects(np.array([[x0, y0, x1 - x0, y1 - y0]], float), *SIZE)[0]
    assert np.array_equal(Box(*corners).encode(SIZE).decode(), _decoded(theirs))
    assert Box(*corners).encode(SIZE).area == (x1 - x0) * (y1 - y0)


@pytest.mark.parametrize("corners", list(_draws(60)))
def test_an_ellipse_holds_the_pixels_whose_centres_it_holds(corners):
    x0, y0, x1, y1 = corners
    across, down = (columns - (x0 + x1) / 2) / ((x1 - x0) / 2), (rows - (y0 + y1) / 2) / ((y1 - y0) / 2)
    encoded = Ellipse(*corners).encode(SIZE)
    assert np.array_equal(encoded.decode(), across**2 + down**2 <= 1)
    assert encoded == Rle.encode(encoded.decode())


def test_a_disc_is_round_and_scaled_unevenly_an_ellipse():
    assert Disc(20.5, 10.5, 3).encode(SIZE).area == 29  # Gauss's circle problem: N(3) = 29
    assert Disc(20, 10, 3).scaled(2, 2) == Disc(40, 20, 6)
    assert Disc(20, 10, 3).scaled(2, 1) == Ellipse(34, 7, 46, 13)


def test_a_polygon_is_filled_as_pycocotools_fills_it_and_cut_off_at_the_border():
    points = np.array([[5, 5], [30, 8], [20, 30]], float)
    theirs = _decoded(coco.frPyObjects([points.ravel().tolist()], *SIZE)[0])
    assert np.array_equal(Polygon(points).encode(SIZE).decode(), theirs)
    leaving = Polygon(np.array([[-500, 4], [900, 4], [900, 9], [-500, 9]], float))
    assert np.array_equal(leaving.encode(SIZE).decode(), (rows > 4) & (rows < 9))
    assert Polygon(points + 1000).encode(SIZE) == nothing(SIZE)
    with pytest.raises(InputError, match="at least three points"):
        Polygon(points[:2]).encode(SIZE)


def test_scaling_doubles_every_edge():
    assert Box(1, 2, 3, 5).scaled(2, 3) == Box(2, 6, 6, 15)
    assert Ellipse(1, 2, 3, 5).scaled(2, 3) == Ellipse(2, 6, 6, 15)
    assert Polygon(np.array([[1.0, 2], [3, 4], [5, 5]])).scaled(2, 3).points.tolist() == [[2, 6], [6, 12], [10, 15]]


def test_runs_are_the_mask_and_of_another_size_refused():
    mask = Rle.encode(np.eye(37, 53, dtype=bool))
    assert Runs(mask).encode(SIZE) is mask
    with pytest.raises(ValueError, match="found"):
        Runs(mask).encode((53, 37))


def test_a_mask_is_scaled_to_the_nearest_pixels():
    mask = np.zeros(SIZE, bool)
    mask[4:9, 10:20] = True
    doubled = Runs(Rle.encode(mask)).scaled(2, 2).mask
    assert np.array_equal(doubled.decode(), np.kron(mask, np.ones((2, 2), bool)))
    assert Runs(doubled).scaled(0.5, 0.5) == Runs(Rle.encode(mask))


def test_a_union_is_the_pixels_in_any():
    shapes = [Box(0, 0, 10, 10), Box(5, 5, 15, 15), Disc(40, 20, 6)]
    expected = np.any([shape.encode(SIZE).decode() for shape in shapes], axis=0)
    assert np.array_equal(union(shapes, SIZE).decode(), expected)
    assert run_lengths(union([], SIZE).counts).tolist() == [37 * 53]


def test_unions_are_filled_when_asked_for():
    asked = []

    def size():
        asked.append(1)
        return SIZE

    marks = [Mark("Edema", Box(0, 0, 4, 4)), Mark("Edema", Box(2, 2, 6, 6), reader="R2")]
    unions = Unions(marks, ("Fracture", "Edema"), size)
    assert set(unions) == {"Edema", "Fracture"} and len(unions) == 2 and not asked
    assert (unions["Edema"].area, unions["Fracture"].area) == (28, 0)
    unions["Edema"]
    assert len(asked) == 2
    with pytest.raises(KeyError):
        unions["Pneumonia"]


def test_the_loosest_form_says_least_about_the_border():
    assert loosest(["polygon", "box", "mask"]) == "box"
    assert loosest(["mask", "disc"]) == "disc"
    assert loosest([]) == "mask"
