"""Localization by size of the finding."""

import numpy as np
import pytest

from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from evaluation.trust.localizing import EMPTY, by_size, localize, terciles
from evaluation.trust.ranking import CONSTANT
from explainers.explanation import Explanation

SIZE = 128


def _explanation(values: np.ndarray, method: str = "gradcam") -> Explanation:
    return Explanation(
        method=method,
        model="",
        case_id="",
        maps=np.repeat(values[None].astype(np.float32), len(FINDINGS), 0),
        model_id="",
        weights_sha256="",
        parameters={},
        logits=np.zeros(len(FINDINGS), np.float32),
        geometry=Geometry(SIZE, SIZE, SIZE),
        depends_on_finding=True,
        can_be_negative=True,
        resampling="bilinear" if method == "gradcam" else "nearest",
        seconds=0.0,
        final=True,
    )


def _square(length: int, top: int = 40, left: int = 48) -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[top : top + length, left : left + length] = True
    return mask


def test_a_perfect_map_scores_one_and_its_reverse_nothing() -> None:
    mask = _square(32)
    found = localize(_explanation(mask, "raw"), "Edema", Rle.encode(mask), threshold=0.5)
    assert (found.hit, found.pointing, found.iou) == (1, 1, 1)
    assert found.area == pytest.approx(32 * 32 / SIZE**2)
    reverse = localize(_explanation(~mask, "raw"), "Edema", Rle.encode(mask), threshold=0.5)
    assert (reverse.hit, reverse.iou) == (0, 0)


def test_a_coarse_map_outlines_large_findings_better_than_small_ones() -> None:
    found = []
    for length in (8, 16, 64):
        mask = _square(length, 32, 32)
        coarse = mask.reshape(8, 16, 8, 16).mean(axis=(1, 3))
        found.append(localize(_explanation(coarse, "raw"), "Edema", Rle.encode(mask), threshold=0.2))
    assert [one.iou for one in found] == pytest.approx([1 / 4, 1, 1])
    assert [one.hit for one in found] == [1, 1, 1]


def test_what_cannot_be_scored_is_undefined() -> None:
    mask = Rle.encode(_square(16))
    assert localize(_explanation(np.ones((8, 8))), "Edema", mask).reason == CONSTANT
    assert np.isnan(localize(_explanation(np.ones((8, 8))), "Edema", mask).hit)
    nothing = Rle.encode(np.zeros((SIZE, SIZE), bool))
    assert localize(_explanation(np.eye(8)), "Edema", nothing).reason == EMPTY


def test_thirds_by_pencil() -> None:
    assert terciles(np.array([5.0, 1, 3, 2, 6, 4])).tolist() == [2, 0, 1, 0, 2, 1]
    assert terciles(np.array([1.0, 1, 1, 2])).tolist() == [0, 0, 0, 2]
    assert terciles(np.empty(0)).tolist() == []


def test_means_by_size_by_pencil() -> None:
    areas = np.repeat(np.array([1.0, 2, 3, 4, 5, 6]) / 10, 3)
    hits = np.repeat(np.array([0, 1, np.nan, 1, 1, 1]), 3)
    rows = by_size(areas, {"hit": hits}, list("abcdefghijklmnopqr"), resamples=200)
    assert [(row.size, row.n, row.undefined) for row in rows] == [("small", 6, 0), ("medium", 3, 3), ("large", 6, 0)]
    assert [row.mean for row in rows] == [0.5, 1, 1]
    assert (rows[0].low, rows[0].high) == (0.1, 0.2)
    assert 0 <= rows[0].interval.low < 0.5 < rows[0].interval.high <= 1
    assert np.isnan(rows[1].interval.low) and rows[1].interval.why == "fewer than 6 patients"
    assert (rows[2].interval.low, rows[2].interval.high) == (1, 1)
    assert by_size(np.empty(0), {"hit": np.empty(0)}, []) == ()
