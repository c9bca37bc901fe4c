"""Run lengths against pycocotools, plain loops and torchxrayvision's decoder."""

import numpy as np
import pytest
import torchxrayvision
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from data_cache.errors import InputError
from data_cache.masks import Rle
from data_cache.run_lengths import FLAVOURS, Crop, decode_runs, decode_unnamed, flavours_that_fit
from tests.data_cache.drawn_masks import drawn_masks

masks = drawn_masks()


def runs_in_a_row(flat):
    """(first pixel, length) of every run, counted by walking."""
    found, start = [], None
    for place, inside in enumerate([*flat, False]):
        if inside and start is None:
            start = place
        elif not inside and start is not None:
            found.append((start, place - start))
            start = None
    return found


def alternating(flat):
    lengths, current = [0], False
    for inside in flat:
        if inside != current:
            lengths.append(0)
            current = inside
        lengths[-1] += 1
    return lengths


def written(mask, flavour):
    flat = list(mask.ravel(order="C" if flavour == "chexmask" else "F"))
    if flavour == "coco":
        return alternating(flat)
    found, last = [], 0
    for start, length in runs_in_a_row(flat):
        found += [start - last, length] if flavour == "kaggle-relative" else [start + 1, length]
        last = start + length
    return found


@pytest.mark.parametrize("flavour", FLAVOURS[:-1])
@given(mask=masks)
def test_what_a_loop_writes_is_read_as_numbers_and_as_text(flavour, mask):
    numbers = written(mask, flavour)
    texts = (" ".join(map(str, numbers)), ", ".join(map(str, numbers)))
    for runs in (numbers, *(texts if len(numbers) > 1 or flavour != "coco" else ())):  # "12" is compressed text
        np.testing.assert_array_equal(decode_runs(runs, mask.shape, flavour).decode(), mask)
    assert flavour in flavours_that_fit(numbers, mask.shape)


@given(mask=masks)
def test_compressed_counts_of_pycocotools(mask):
    counts = coco.encode(np.asfortranarray(mask, np.uint8))["counts"].decode()
    np.testing.assert_array_equal(decode_runs(counts, mask.shape, "coco").decode(), mask)


@given(mask=masks, left=st.integers(0, 3), top=st.integers(0, 3))
def test_a_box_of_cvat_lies_where_it_says(mask, left, top):
    crop = Crop(left, top, mask.shape[1], mask.shape[0])
    whole = np.zeros((mask.shape[0] + top + 1, mask.shape[1] + left + 2), bool)
    whole[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
    found = decode_runs(alternating(list(mask.ravel())), whole.shape, "cvat", crop)
    np.testing.assert_array_equal(found.decode(), whole)


def test_masks_of_siim_are_those_of_torchxrayvision(tmp_path):
    """On images with one mask: of several, its loop keeps the last."""
    dataset = torchxrayvision.datasets.SIIM_Pneumothorax_Dataset(tmp_path, pathology_masks=True)
    drawn = dataset.csv[dataset.csv[" EncodedPixels"] != "-1"].drop_duplicates("ImageId", keep=False)
    assert len(drawn) == 2669 - 624
    for image, runs in drawn[["ImageId", " EncodedPixels"]].to_numpy()[::200]:
        theirs = dataset.get_pathology_mask_dict(image, 1024)[0][0] > 0
        np.testing.assert_array_equal(decode_runs(runs, (1024, 1024), "kaggle-relative").decode(), theirs)
        assert "kaggle-absolute" not in flavours_that_fit(runs, (1024, 1024))


@pytest.mark.parametrize(
    ("runs", "flavour", "words"),
    [
        ([3, 4], "coco", "add up to 12 pixels, found 7"),
        ("3 4 1", "kaggle-relative", "in pairs, found 3"),
        ("3 10", "kaggle-relative", "found that they end at 13"),
        ("0 4", "kaggle-absolute", "counted from 1, found 0"),
        ("4 4 2 1", "kaggle-absolute", "begins before the last has ended"),
        ("4 4 7 1", "chexmask", "begins before the last has ended"),
        ("11 3", "chexmask", "found that they end at 13"),
        ("1 -4", "kaggle-relative", "whole numbers from 0"),
        ("1 2.5", "chexmask", "whole numbers from 0"),
        ("1 ٤", "chexmask", "whole numbers from 0"),
        ("1 99999999999999", "kaggle-relative", "whole numbers from 0"),
        ([1.0, 2], "coco", "whole numbers from 0"),
        ("oé", "coco", "run lengths"),
    ],
)
def test_what_is_no_mask_is_refused(runs, flavour, words):
    with pytest.raises(InputError, match=words):
        decode_runs(runs, (3, 4), flavour)


@pytest.mark.parametrize("crop", [Crop(0, 0, 5, 1), Crop(-1, 0, 2, 2), Crop(0, 3, 1, 1), Crop(0, 0, 0, 1)])
def test_a_box_beyond_the_image_is_refused(crop):
    with pytest.raises(InputError, match="Expected a box inside 4×3 pixels"):
        decode_runs([crop.width * crop.height], (3, 4), "cvat", crop)


def test_a_crop_belongs_to_cvat():
    with pytest.raises(ValueError, match="crop"):
        decode_runs([12], (3, 4), "coco", Crop(0, 0, 1, 1))
    with pytest.raises(ValueError, match="crop"):
        decode_runs([12], (3, 4), "cvat")


def test_numbers_that_fit_two_orders_are_told_so():
    assert flavours_that_fit("2 3", (3, 4)) == ("kaggle-relative", "kaggle-absolute", "chexmask")
    with pytest.raises(InputError, match="kaggle-relative, kaggle-absolute, chexmask all fit 4×3 pixels; name the one"):
        decode_unnamed("2 3", (3, 4))
    with pytest.raises(InputError, match="fit none of"):
        decode_unnamed("2 30", (3, 4))


def test_numbers_that_fit_in_one_way_need_no_name():
    mask = np.zeros((3, 4), bool)
    mask[2, 1] = mask[:2, 2] = mask[:, 3] = True  # column by column: 0 0 0, 0 0 1, 1 1 0, 1 1 1
    assert flavours_that_fit("5 3 1 3", (3, 4)) == ("coco", "kaggle-relative")
    assert decode_unnamed("5 3 1 3", (3, 4)) == Rle.encode(mask)  # the same mask in both
