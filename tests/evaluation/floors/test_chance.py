"""The expectations of chance against draws, and against sums that can be written down."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest

from evaluation.floors.chance import hit_of_random_point, iou_of_random_region

DRAWS = 100_000


@pytest.mark.parametrize(("area", "pixels"), [(1, 7), (5, 10), (300, 5040), (4000, 5040), (120_000, 262_144)])
def test_the_expected_iou_is_the_mean_of_many_draws(area, pixels):
    both = np.random.default_rng(area).hypergeometric(area, pixels - area, area, DRAWS)
    ious = both / (2 * area - both)
    error = ious.std() / np.sqrt(DRAWS)
    assert iou_of_random_region(area, pixels) == pytest.approx(ious.mean(), abs=5 * error)


@pytest.mark.parametrize(("area", "pixels"), [(1, 1), (1, 7), (3, 8), (7, 8), (30, 90), (89, 90)])
def test_the_expected_iou_is_the_sum_over_all_subsets(area, pixels):
    both = range(max(0, 2 * area - pixels), area + 1)
    ways = {k: comb(area, k) * comb(pixels - area, area - k) for k in both}
    expected = sum(Fraction(way * k, 2 * area - k) for k, way in ways.items()) / comb(pixels, area)
    assert iou_of_random_region(area, pixels) == pytest.approx(float(expected), rel=1e-12)


def test_regions_are_drawn_pixel_by_pixel():
    """Against sets drawn without the distribution that the formula names."""
    generator, area, pixels = np.random.default_rng(0), 20, 60
    drawn = generator.permuted(np.tile(np.arange(pixels), (DRAWS, 1)), axis=1)[:, :area]
    both = (drawn < area).sum(axis=1)
    ious = both / (2 * area - both)
    assert iou_of_random_region(area, pixels) == pytest.approx(ious.mean(), abs=5 * ious.std() / np.sqrt(DRAWS))


def test_a_random_point_hits_as_often_as_the_mask_is_large():
    points = np.random.default_rng(1).integers(0, 5040, DRAWS)
    share = (points < 1260).mean()
    assert hit_of_random_point(1260, 5040) == 0.25 == pytest.approx(share, abs=5 * np.sqrt(0.1875 / DRAWS))


def test_a_mask_without_pixels_has_no_region_of_its_size():
    with pytest.raises(ValueError, match="Expected a mask of 1 to 10 pixels, found 0"):
        iou_of_random_region(0, 10)
