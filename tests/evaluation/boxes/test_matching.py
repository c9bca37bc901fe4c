"""Overlaps of boxes against pycocotools and by pencil."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from evaluation.boxes.matching import correct, overlaps

BOX = np.array([[0.0, 0, 10, 10]])


def some_boxes(seed: int, count: int) -> np.ndarray:
    corners = np.random.default_rng(seed).integers(0, 40, (count, 2, 2)).astype(float)
    low = corners.min(axis=1)
    return np.concatenate([low, low + 1 + np.abs(corners[:, 0] - corners[:, 1])], axis=1)


@given(st.integers(0, 999), st.sampled_from(["iou", "ior"]))
def test_overlaps_equal_pycocotools(seed, measure):
    """Its "crowd" boxes are measured over the found box."""
    found, truth = some_boxes(seed, 4), some_boxes(seed + 1, 3)
    wide = [np.concatenate([one[:, :2], one[:, 2:] - one[:, :2]], axis=1) for one in (found, truth)]
    expected = coco.iou(*wide, [measure == "ior"] * len(truth))
    np.testing.assert_allclose(overlaps(found, truth, measure), expected, atol=1e-12)


def test_a_box_inside_the_true_one():
    inside = np.array([[0.0, 0, 5, 5]])
    assert overlaps(inside, BOX, "iou")[0, 0] == 0.25
    assert overlaps(inside, BOX, "ior")[0, 0] == 1


def test_a_box_without_area_overlaps_nothing():
    empty = np.array([[3.0, 3, 3, 8]])
    assert overlaps(empty, BOX, "ior")[0, 0] == overlaps(empty, empty, "iou")[0, 0] == 0


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        ([[0.6], [0.9]], [True, False]),  # the first in rank takes it, the better one comes too late
        ([[0.6, 0.5], [0.9, 0.0]], [True, False]),
        ([[0.5, 0.6], [0.9, 0.0]], [True, True]),
        ([[0.49, 0.2]], [False]),
        ([[0.5]], [True]),
        ([[0.6, 0.6], [0.0, 0.7]], [True, False]),  # among equals the last
    ],
)
def test_who_takes_which(overlap, expected):
    assert correct(np.array(overlap), [0.5]).tolist() == [expected]


def test_nothing_found_and_nothing_true():
    assert correct(np.zeros((0, 2)), [0.5]).tolist() == [[]]
    assert correct(np.zeros((2, 0)), [0.5]).tolist() == [[False, False]]
