"""Shares of evidence against sums over pixels and by pencil."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_cache.geometry import Geometry
from data_cache.masks import Rle
from evaluation.evidence import Stored, by_anatomy, dual_polarity, gini, negative_outside, share_inside, shares
from evaluation.further import Beside, of_evidence
from evaluation.localization import energy_inside
from evaluation.pixels.mask_runs import MaskRuns, Region
from tests.evaluation.making import blob, smooth

HALF = np.array([[1.0, 0.0]])  # a mask that covers the first of two cells


def runs(mask):
    return MaskRuns.of(Rle.encode(mask))


@given(
    st.integers(0, 999), st.sampled_from([(4, 6), (7, 5), (60, 84), (100, 90)]), st.sampled_from(["paper", "aligned"])
)
def test_shares_equal_those_of_pixels_cut_up(seed, shape, alignment):
    """Every pixel cut into so many parts that no cell's border cuts one."""
    mask, size = blob(seed, (20, 28)), (20, 28)
    region = Region.of_map(size, Geometry(*size, 64), alignment)
    found = shares(runs(mask), region, shape)
    part = mask[region.top : region.top + region.rows, region.left : region.left + region.columns]
    fine = part.repeat(shape[0], axis=0).repeat(shape[1], axis=1)
    expected = fine.reshape(shape[0], region.rows, shape[1], region.columns).mean(axis=(1, 3))
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(st.integers(0, 999))
def test_a_map_of_one_cell_a_pixel_has_its_energy_inside(seed):
    mask, values = blob(seed), smooth(seed, (60, 84))
    if not mask.any():
        return
    inside = shares(runs(mask), Region(60, 84, 0, 0, 60, 84), (60, 84))
    assert share_inside(Stored(values, opposes=False).evidence, inside) == pytest.approx(
        energy_inside(values, mask), rel=1e-9
    )


@pytest.mark.parametrize(
    ("values", "positive", "negative", "dual"),
    [
        ([3, -1], 1, 1, 1),
        ([-1, 3], 0, 0, 0),
        ([1, 3], 0.25, np.nan, 0.25),
        ([-1, -3], np.nan, 0.75, 0.75),
        ([0, 0], np.nan, np.nan, np.nan),
    ],
)
def test_pencil(values, positive, negative, dual):
    signed = np.array([values], np.float32)
    found = [
        share_inside(Stored(signed, opposes=True).evidence, HALF),
        negative_outside(signed, HALF),
        dual_polarity(signed, HALF),
    ]
    np.testing.assert_array_equal(found, [positive, negative, dual])


def test_dual_polarity_weighs_both_signs_by_their_mass():
    """+2 of which ½ inside, −6 of which ¼ outside: (1 + 1.5) / 8."""
    signed, inside = np.array([[2, -6]], np.float32), np.array([[0.5, 0.75]])
    assert dual_polarity(signed, inside) == pytest.approx(2.5 / 8, abs=1e-12)


def test_organs_and_what_is_outside_them():
    evidence = np.array([[1.0, 2.0, 3.0, 4.0]])
    organs = {"lungs": np.array([[1.0, 0.5, 0, 0]]), "heart": np.array([[0, 0.5, 1.0, 0]])}
    found = by_anatomy(evidence, organs)
    assert found == pytest.approx({"lungs": 0.2, "heart": 0.4, "outside": 0.4}, abs=1e-12)
    assert by_anatomy(evidence, {}) == {"outside": 1.0}
    assert np.isnan(list(by_anatomy(np.zeros((1, 4)), organs).values())).all()


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30).filter(lambda several: sum(several) > 1e-3))
def test_gini_equals_half_the_relative_mean_difference(several):
    values = np.array(several)
    expected = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert gini(values) == pytest.approx(expected, abs=1e-9)


def test_gini_of_one_place_and_of_everywhere():
    assert gini(np.array([[0, 0, 0, 1.0]])) == 0.75
    assert gini(np.full((3, 3), 0.2)) == pytest.approx(0, abs=1e-12)
    assert np.isnan(gini(np.zeros((2, 2))))


def test_what_does_not_fit_is_undefined():
    """Signed scores of a map without opposing values, anatomy where it is not known, and all without a stored map."""
    region, mask = Region(60, 84, 0, 0, 60, 84), runs(blob(3))
    signed = smooth(4, (6, 7))
    plain = of_evidence(Beside(Stored(signed, opposes=False)), region, mask)
    opposing = of_evidence(
        Beside(Stored(signed, opposes=True), {"lungs": runs(blob(5)), "heart": runs(blob(6))}), region, mask
    )
    assert {name for name, value in plain.items() if np.isnan(value)} == {
        "negative_outside", "dual_polarity", "evidence_lungs", "evidence_heart", "evidence_outside",
    }  # fmt: skip
    assert not np.isnan(list(opposing.values())).any()
    assert np.isnan(list(of_evidence(Beside(), region, mask).values())).all()
    assert set(plain) == set(opposing) == set(of_evidence(Beside(), region, mask))
