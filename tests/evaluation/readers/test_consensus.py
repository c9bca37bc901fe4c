"""What readers say together: counted pixel by pixel, and by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from data_cache.errors import InputError
from data_cache.marks import Disc
from data_cache.masks import Rle
from evaluation.readers.consensus import Readings, agreed, majority
from tests.evaluation.readers.reading import SIZE, case_of


def boxed(*edges):
    mask = np.zeros(SIZE, bool)
    for x0, y0, x1, y1 in edges:
        mask[y0:y1, x0:x1] = True
    return mask


@settings(max_examples=40)
@given(masks=st.lists(arrays.arrays(bool, st.just((5, 4))), min_size=1, max_size=6))
def test_a_majority_is_more_than_half(masks):
    found = majority([Rle.encode(mask) for mask in masks])
    expected = np.sum(masks, axis=0) * 2 > len(masks)
    np.testing.assert_array_equal(found.decode(), expected)
    assert found == Rle.encode(expected)


def test_a_majority_needs_masks_of_one_size():
    with pytest.raises(ValueError, match="one \\(height, width\\)"):
        majority([])
    with pytest.raises(ValueError, match="one \\(height, width\\)"):
        majority([Rle.encode(np.zeros((2, 2), bool)), Rle.encode(np.zeros((2, 3), bool))])


@pytest.fixture
def case():
    return case_of(
        [
            ("a", "Edema", (0, 0, 20, 20)),
            ("b", "Edema", (10, 0, 30, 20)),
            ("b", "Edema", (40, 30, 50, 40)),
            ("a", "Fracture", (5, 5, 9, 9)),
        ],
        absent=("Pneumonia",),
    )


@pytest.mark.parametrize(
    ("how", "edema", "fracture"),
    [
        ("union", [(0, 0, 30, 20), (40, 30, 50, 40)], [(5, 5, 9, 9)]),
        ("majority", [(10, 0, 20, 20)], []),
        ("fusion", [(5, 0, 25, 20), (40, 30, 50, 40)], [(5, 5, 9, 9)]),
        ("b", [(10, 0, 30, 20), (40, 30, 50, 40)], []),
        ("c", [], []),
    ],
)
def test_three_readers_of_whom_one_marks_nothing(case, how, edema, fracture):
    found = agreed(case, how)
    assert set(found) == {"Edema", "Fracture", "Pneumonia"}
    np.testing.assert_array_equal(found["Edema"].decode(), boxed(*edema))
    np.testing.assert_array_equal(found["Fracture"].decode(), boxed(*fracture))
    assert found["Pneumonia"].area == 0 and found["Pneumonia"].size == SIZE


def test_a_reader_who_was_not_there_is_named(case):
    with pytest.raises(InputError, match="Expected R9 among the readers of c1, found a, b, c"):
        agreed(case, "R9")


def test_other_shapes_are_fused_as_their_boxes():
    case = case_of([("a", "Lung Lesion", Disc(20.0, 20.0, 10.0)), ("b", "Lung Lesion", (10, 12, 30, 32))])
    np.testing.assert_array_equal(agreed(case, "fusion")["Lung Lesion"].decode(), boxed((10, 11, 30, 31)))


def test_certainty_weighs_a_fused_box():
    case = case_of([("a", "Edema", (0, 0, 20, 20)), ("b", "Edema", (4, 0, 24, 20))])
    sure = replace(case, marks=(replace(case.marks[0], certainty=3.0), replace(case.marks[1], certainty=1.0)))
    np.testing.assert_array_equal(agreed(sure, "fusion")["Edema"].decode(), boxed((1, 0, 21, 20)))


def test_a_reader_points_at_the_largest_mark(case):
    readings = Readings.of(case)
    assert readings.points["b"]["Edema"] == (20, 10)
    assert readings.points["a"]["Fracture"] == (7, 7)
    assert readings.points["c"]["Edema"] is None
    with pytest.raises(ValueError, match="union, majority, fusion"):
        readings.together("Edema", "median", ("a",))
