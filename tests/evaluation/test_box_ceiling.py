"""A perfect outline against its own box: by pencil, against whole arrays, and on entries of ChestX-Det."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.measure import label, regionprops

from data_cache.masks import Rle
from evaluation.box_ceiling import box_ceilings_of_case, iou_with_own_boxes
from evaluation.cases import CaseJob
from evaluation.pixels.mask_runs import MaskRuns
from tests.evaluation.making import blob


def runs(mask):
    return MaskRuns.of(Rle.encode(mask))


def test_a_disc_covers_a_quarter_of_pi_of_its_box():
    y, x = np.mgrid[:600, :600] + 0.5
    disc = (x - 300) ** 2 + (y - 300) ** 2 < 250**2
    assert iou_with_own_boxes(runs(disc)) == pytest.approx(np.pi / 4, abs=1e-3)


@given(st.integers(0, 999))
def test_equals_filled_boxes(seed):
    mask = blob(seed)
    if not mask.any():
        return
    filled = np.zeros_like(mask)
    for top, left, bottom, right in (part.bbox for part in regionprops(label(mask, connectivity=2))):
        filled[top:bottom, left:right] = True
    assert iou_with_own_boxes(runs(mask)) == pytest.approx(mask.sum() / filled.sum(), abs=1e-15)


def test_only_outlines_have_one():
    masks = {
        "Edema": Rle.encode(blob(3)),
        "Cardiomegaly": Rle.encode(blob(4)),
        "Atelectasis": Rle.encode(blob(5) & False),
    }
    job = CaseJob("a", masks, ("Cardiomegaly", "Edema", "Atelectasis"), {"Edema": "box", "Cardiomegaly": "polygon"})
    (row,) = box_ceilings_of_case(job)
    assert (row.finding, row.case, row.form) == ("Cardiomegaly", "a", "box")
    assert row.scores.values["iou_tp"] == row.scores.values["iou_all"] == iou_with_own_boxes(runs(blob(4)))
    assert box_ceilings_of_case(CaseJob("a", None)) == []
