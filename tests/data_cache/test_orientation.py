"""Laying images otherwise, against NumPy's own turns, and its rules."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.images import Radiograph
from data_cache.marks import Box, Disc, Ellipse, Mark, Polygon, Runs, Shape
from data_cache.masks import Rle
from data_cache.orientation import AS_IT_IS, Orientation

orientations = st.builds(Orientation, st.integers(0, 3), st.booleans(), st.booleans())


@given(orientations)
def test_turns_and_mirrors_come_back(one: Orientation) -> None:
    assert one.rotated().rotated().rotated().rotated() == one and one.mirrored().mirrored() == one
    assert Orientation.parse(one.code) == one and bool(one) == bool(one.words) == bool(one.code)
    values = np.arange(6).reshape(2, 3)
    assert np.array_equal(one.back.array(one.array(values)), values)
    assert one.array(values).shape == one.size((2, 3))


@given(orientations)
def test_steps_are_of_what_is_seen(one: Orientation) -> None:
    values = np.arange(20).reshape(4, 5)
    seen = one.array(values)
    assert np.array_equal(one.rotated().array(values), np.rot90(seen, -1))  # NumPy turns counter-clockwise
    assert np.array_equal(one.mirrored().array(values), np.fliplr(seen))


SHAPES = [
    Box(3, 5, 9, 8),
    Ellipse(1, 2, 11, 9),
    Disc(7.5, 6.5, 4),
    Polygon(np.array([(2.5, 3.5), (15.5, 3.5), (15.5, 7.5), (6.5, 7.5), (6.5, 10.5), (2.5, 10.5)])),
    Runs(Rle.encode(np.random.default_rng(0).random((12, 17)) > 0.5)),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.form)
@pytest.mark.parametrize("code", ["1", "2", "3", "0f", "1f", "2f", "3f"])
def test_shapes_cover_the_pixels_that_they_covered(shape: Shape, code: str) -> None:
    one, size = Orientation.parse(code), (12, 17)
    expected = one.array(shape.encode(size).decode())
    found = one.shape(shape, size).encode(one.size(size)).decode()
    grey, near = expected.astype(np.uint8), np.ones((3, 3), np.uint8)
    edges = cv2.dilate(grey, near) != cv2.erode(grey, near)
    assert not (found != expected)[~edges].any() and (shape.form == "polygon" or np.array_equal(found, expected))


def test_a_case_moves_as_a_whole() -> None:
    pixels = np.random.default_rng(1).random((12, 17)).astype(np.float32)
    mask = np.zeros((12, 17), bool)
    mask[2:5, 10:15] = True
    corners = np.array([(10, 2), (15, 2), (15, 5), (10, 5)], np.float32)
    case = Case(
        "phantom", "p", "phantom-val", pixels=pixels, masks={"Edema": Rle.encode(mask)}, contours={"Edema": (corners,)},
        human_points={"Edema": ((10.5, 2.5),)}, provenance="a test",
    )  # fmt: skip
    one = Orientation.parse("1i")
    radiograph = one.radiograph(case.read())
    laid = one.case(case, radiograph)
    assert np.array_equal(laid.read().pixels, 1 - np.rot90(pixels, -1))
    turned = np.rot90(mask, -1)
    assert np.array_equal(laid.masks["Edema"].decode(), turned)
    (contour,) = laid.contours["Edema"]
    rows, columns = np.nonzero(turned)
    assert contour.min(axis=0).tolist() == [columns.min(), rows.min()]
    assert contour.max(axis=0).tolist() == [columns.max() + 1, rows.max() + 1]
    ((x, y),) = laid.human_points["Edema"]
    assert turned[int(y), int(x)] and laid.bundled
    assert laid.provenance == "a test · rotated 90° clockwise, black and white swapped for the models"
    assert AS_IT_IS.case(case, case.read()) is case


def test_marks_move_and_masks_follow() -> None:
    pixels = np.zeros((12, 17), np.float32)
    marks = tuple(Mark("Edema", shape, reader=str(i)) for i, shape in enumerate(SHAPES[:3]))
    case = Case("a", "a", "upload", pixels=pixels, marks=marks)
    one = Orientation(3, flipped=True)
    laid = one.case(case, one.radiograph(Radiograph(pixels, (), 8, "PNG")))
    assert np.array_equal(laid.masks["Edema"].decode(), one.array(case.masks["Edema"].decode()))


@pytest.mark.parametrize("code", ["4", "f", "1if", "90"])
def test_other_codes_are_refused(code: str) -> None:
    with pytest.raises(InputError, match="orientation"):
        Orientation.parse(code)
