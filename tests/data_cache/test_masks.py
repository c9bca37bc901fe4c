"""Run-length masks against pycocotools and plain counting; outlines by pencil."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from data_cache.errors import InputError
from data_cache.masks import Rle, outline, run_lengths
from tests.data_cache.drawn_masks import drawn_masks

masks = drawn_masks(st.integers(1, 40), st.integers(1, 40))


@given(masks)
def test_round_trip_and_area(mask):
    rle = Rle.encode(mask)
    np.testing.assert_array_equal(rle.decode(), mask)
    assert rle.decode().dtype == bool
    assert rle.size == mask.shape
    assert rle.area == mask.sum()


@given(masks)
def test_run_lengths_are_the_runs_of_the_columns(mask):
    runs = [len(list(group)) for _, group in groupby(mask.T.ravel())]
    if mask.T.ravel()[0]:
        runs.insert(0, 0)  # an encoding begins with the background
    assert run_lengths(Rle.encode(mask).counts).tolist() == runs


def test_reads_what_pycocotools_writes():
    mask = np.zeros((2000, 1500), dtype=bool)
    mask[100:1900, 200:1400] = True
    mask[500:600, 700:900] = False
    encoded = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    np.testing.assert_array_equal(Rle((2000, 1500), encoded["counts"].decode()).decode(), mask)


@pytest.mark.parametrize(
    ("size", "counts", "words"),
    [
        ((4, 4), "", "other characters"),
        ((4, 4), "4", "found 4;"),
        ((4, 4), "o0o0o0", "found"),
        ((4, 4), "~", "other characters"),
        ((4, 4), "é", "other characters"),
        ((4, 4), "4 4", "other characters"),
        ((4, 4), "o", "other characters"),
        ((4, 4), "oooooooo0", "larger"),
        ((4, 4), "N", "negative"),
    ],
)
def test_damaged_counts_are_refused_before_decoding(size, counts, words):
    with pytest.raises(InputError, match=words):
        Rle(size, counts).decode()


def test_a_mask_of_another_size_is_refused():
    counts = Rle.encode(np.ones((4, 4), dtype=bool)).counts
    with pytest.raises(InputError, match="add up to the 25"):
        Rle((5, 5), counts).decode()


def test_outline_of_a_square_runs_through_the_centres_of_its_border_pixels():
    mask = np.zeros((8, 9), dtype=bool)
    mask[2:5, 3:7] = True
    (polygon,) = outline(mask)
    assert polygon.dtype == np.float32
    expected = {(x + 0.5, y + 0.5) for y in (2, 3, 4) for x in (3, 4, 5, 6) if y in (2, 4) or x in (3, 6)}
    assert {tuple(point) for point in polygon.tolist()} == expected
    assert len(polygon) == len(expected)


def test_outline_of_a_ring_has_two_parts_and_of_nothing_none():
    mask = np.zeros((20, 20), dtype=bool)
    mask[4:16, 4:16] = True
    mask[8:12, 8:12] = False
    assert len(outline(mask)) == 2
    assert outline(np.zeros((5, 5), dtype=bool)) == []


@pytest.mark.parametrize("runs", [[], [-1, 5], [4, -1, 1], [3], [5], [3.0, 1], [True, 3], [np.int64(3), 1]])
def test_run_lengths_that_are_no_whole_numbers_or_do_not_add_up_are_refused(runs):
    with pytest.raises(InputError, match="add up to 2×2 pixels"):
        Rle.from_runs(runs, (2, 2))
    assert Rle.from_runs([1, 3], (2, 2)).decode().sum() == 3
