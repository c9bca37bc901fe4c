"""The attended region against random ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import label

from evaluation.trust.attended import AttendedSettings, attended_against_random, random_regions
from evaluation.trust.ranking import CONSTANT
from tests.evaluation.trust.toys import FINDING, SIDE, Looks, drawn_phantoms, random_map


def test_on_phantoms_the_true_mask_matters_more_than_random_regions() -> None:
    for image, mask in drawn_phantoms(4):
        for control in ("shape", "pixels"):
            settings = AttendedSettings(float(mask.mean()), "black", control)
            found = attended_against_random(Looks(mask), image, mask.astype(np.float32), FINDING, settings)
            assert (found.region == mask).all()
            assert found.difference > 0.2
            assert found.difference == pytest.approx(found.drop - found.random_drops.mean())
            inverse = attended_against_random(Looks(mask), image, 1 - mask.astype(np.float32), FINDING, settings)
            assert inverse.difference < 0.02


def test_random_maps_gain_nothing_on_average() -> None:
    ((image, mask),) = drawn_phantoms(1)
    settings = AttendedSettings(0.1, "black", regions=32)
    found = [
        attended_against_random(Looks(mask), image, np.roll(random_map(seed), 37 * seed), FINDING, settings).difference
        for seed in range(40)
    ]
    assert abs(np.mean(found)) < 3 * np.std(found) / 40**0.5
    assert abs(np.mean(found)) < 0.1


@given(st.integers(0, 1000), st.sampled_from(["shape", "pixels"]))
def test_random_regions_have_exactly_the_same_area(seed, control) -> None:
    region = random_map(seed % 7, 32) > 0.05
    found = random_regions(region, 5, np.random.default_rng(seed), control)
    assert (found.sum(axis=(1, 2)) == region.sum()).all()


def test_shapes_stay_whole_around_the_edges() -> None:
    region = np.zeros((32, 32), bool)
    region[3:9, 4:20] = True
    found = random_regions(region, 20, np.random.default_rng(0))
    assert len({moved.tobytes() for moved in found}) == 20  # turned and mirrored alone there are four
    for moved in found:
        tiled = np.tile(moved, (2, 2))
        assert max(np.bincount(label(tiled)[0].ravel())[1:]) >= region.sum()


def test_draws_repeat_and_a_constant_map_is_undefined() -> None:
    model, image = Looks(np.eye(SIDE) > 0), np.random.default_rng(0).random((SIDE, SIDE)).astype(np.float32)
    first, second = (attended_against_random(model, image, random_map(1), FINDING) for _ in range(2))
    np.testing.assert_array_equal(first.random_drops, second.random_drops)
    found = attended_against_random(model, image, np.zeros_like(image), FINDING)
    assert np.isnan(found.difference)
    assert found.reason == CONSTANT
    with pytest.raises(ValueError, match="at least one random region"):
        random_regions(model.mask, 0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="shape or pixels"):
        random_regions(model.mask, 1, np.random.default_rng(0), "circle")  # type: ignore[arg-type]
