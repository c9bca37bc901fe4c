"""Outlines along pixel edges, against pencil, OpenCV's components and pycocotools' polygons."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from pycocotools import mask as coco

from data_cache.annotations.tracing import trace
from tests.data_cache.drawn_masks import drawn_masks

masks = drawn_masks()


def signed_area(points: np.ndarray) -> float:
    (x, y), (nx, ny) = points.T, np.roll(points, -1, axis=0).T
    return float((x * ny - nx * y).sum() / 2)


def test_one_pixel_is_its_four_corners() -> None:
    mask = np.zeros((4, 5), bool)
    mask[1, 2] = True
    (outline,) = trace(mask)
    assert outline.points.tolist() == [[2, 1], [3, 1], [3, 2], [2, 2]] and not outline.hole


def test_a_ring_has_a_hole() -> None:
    mask = np.ones((5, 5), bool)
    mask[1:3, 2:4] = False
    outer, hole = trace(mask)
    assert outer.points.tolist() == [[0, 0], [5, 0], [5, 5], [0, 5]] and not outer.hole
    assert hole.points.tolist() == [[2, 1], [4, 1], [4, 3], [2, 3]] and hole.hole


def test_pixels_that_touch_at_a_corner_are_apart() -> None:
    assert len(trace(np.eye(3, dtype=bool))) == len(trace(np.eye(3, dtype=bool)[::-1])) == 3


def test_an_empty_mask_has_no_outline() -> None:
    assert trace(np.zeros((3, 3), bool)) == []


@given(masks)
def test_outlines_are_opencv_s_components_and_enclose_the_mask_s_area(mask: np.ndarray) -> None:
    outlines = trace(mask)
    components = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)[0] - 1
    background = cv2.connectedComponents(np.pad(~mask, 1, constant_values=True).astype(np.uint8), connectivity=8)[0] - 2
    assert sum(not outline.hole for outline in outlines) == components
    assert sum(outline.hole for outline in outlines) == background
    area = sum((-1 if outline.hole else 1) * abs(signed_area(outline.points)) for outline in outlines)
    assert area == mask.sum()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' decoder
@given(masks)
def test_pycocotools_makes_the_mask_of_the_outlines_again(mask: np.ndarray) -> None:
    again = np.zeros(mask.shape, np.uint8)
    for outline in trace(mask):
        (encoded,) = coco.frPyObjects([outline.points.ravel().tolist()], *mask.shape)
        again ^= coco.decode(encoded)
    assert np.array_equal(again.astype(bool), mask)
