"""The floors' maps and thresholds against plain arithmetic on whole pixels."""

import numpy as np
import pytest

from data_cache.masks import Rle
from evaluation.floors.laying import FloorMap
from evaluation.floors.maps import CELLS, best_threshold, centre_map, drawn, ious_at, prior_map, region_of
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.pixels.overlay import overlay_map
from evaluation.scores import Marking, score_comparison, score_drawn
from tests.evaluation.making import blob

SIZE = (CELLS * 4, CELLS * 6)  # so that a cell is 4 by 6 pixels


def runs(mask):
    return MaskRuns.of(Rle.encode(mask))


def in_cells(mask):
    return mask.reshape(CELLS, 4, CELLS, 6).mean(axis=(1, 3))


def test_the_prior_is_the_mean_of_the_masks_in_cells():
    masks = [blob(seed, SIZE) for seed in range(5)]
    found = prior_map([drawn(str(k), runs(mask), "paper") for k, mask in enumerate(masks)])
    np.testing.assert_allclose(found, np.mean([in_cells(mask) for mask in masks], axis=0), atol=1e-6)


def test_masks_of_different_sizes_are_laid_over_one_another():
    one, other = np.zeros((130, 260), bool), np.zeros((520, 195), bool)
    one[:65], other[:260] = True, True  # the upper half of both
    found = prior_map([drawn("a", runs(one), "paper"), drawn("b", runs(other), "paper")])
    upper = np.zeros((CELLS, CELLS))
    upper[:32], upper[32] = 1, 0.5
    np.testing.assert_allclose(found, upper, atol=1e-6)


def test_in_aligned_alignment_only_the_crop_counts():
    mask = np.zeros((CELLS, 3 * CELLS), bool)
    mask[:, : CELLS + 13] = True  # left of the crop, and a fifth of it
    one = drawn("a", runs(mask), "aligned")
    assert one.shares.sum() == pytest.approx(13 * CELLS)
    assert one.area == pytest.approx((CELLS + 13) * CELLS)  # what lies outside the crop is missed by every map


@pytest.mark.parametrize("alignment", ["paper", pytest.param("aligned", marks=pytest.mark.thorough)])
def test_the_best_threshold_is_the_best_of_all(alignment):
    spread = [blob(seed, SIZE) for seed in range(7)]
    small = [part & (np.indices(SIZE)[0] < 60) & (np.indices(SIZE)[1] > 150) for part in spread[:3]]
    masks = [drawn(str(k), runs(mask), alignment) for k, mask in enumerate([*spread, *small])]
    values = prior_map(masks)
    scaled = (values - values.min()) / (values.max() - values.min())
    means = []
    for step in range(2048):
        marked = (scaled > step / 2048).ravel()
        both = np.array([mask.shares[marked].sum(dtype=float) for mask in masks])
        means.append(np.mean(both / ([mask.area for mask in masks] + marked.sum() - both)))
    found = best_threshold(values, masks)
    assert means[round(found * 2048)] == pytest.approx(max(means), abs=1e-9)
    assert np.mean(list(ious_at(values, found, masks).values())) == pytest.approx(max(means), abs=1e-9)


@pytest.mark.parametrize("size", [(400, 530), (530, 400), (401, 401)])
def test_the_centre_points_at_the_middle(size):
    around = np.zeros(size, bool)
    row, column = (size[0] - 1) // 2, (size[1] - 1) // 2
    around[row, column] = True
    comparison = FloorMap(centre_map(), 0.5, 0).against(region_of(size, "paper"), runs(around))
    assert comparison.hit() == 1.0


@pytest.mark.parametrize("alignment", ["paper", "aligned"])
@pytest.mark.parametrize("size", [(400, 530), (530, 400)])
@pytest.mark.parametrize("seed", range(2))
def test_around_the_mask_alone_it_scores_as_the_whole_map(seed, size, alignment):
    """Everything that is scored, against the way in which every method's map is scored."""
    mask, values = runs(blob(seed, size)), prior_map([drawn("a", runs(blob(seed + 9, size)), alignment)])
    region, marking = region_of(size, alignment), Marking(0.375, 0.375)
    floor = FloorMap(values, 0.375, 1)
    for _ in range(2):  # anew, and from what is kept of the first time
        comparison = floor.against(region, mask)
        found = score_comparison(comparison, marking, 15, False, None, floor.boxes(region))
        expected = score_drawn(values, region, mask, marking, 15)
        np.testing.assert_equal(dict(found.values), dict(expected.values))
        np.testing.assert_array_equal(found.curve, expected.curve)
        assert [list(ranks) for ranks in found.boxes.ranks] == [list(ranks) for ranks in expected.boxes.ranks]


def test_a_mask_outside_the_crop_is_missed_and_not_an_error():
    mask = np.zeros((200, 600), bool)
    mask[50:90, 10:60] = True
    region = region_of(mask.shape, "aligned")
    comparison = FloorMap(centre_map(), 0.5, 0).against(region, runs(mask))
    assert overlay_map(centre_map(), region) is not None
    assert float(comparison.curve().at(0.5).both) == 0 and comparison.hit() == 0.0


def test_no_masks_no_prior():
    assert prior_map([]) is None
    assert prior_map([drawn("a", runs(np.ones((60, 60), bool)), "paper")]) is None  # constant: it points nowhere
