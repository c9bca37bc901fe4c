"""The areas against scikit-learn, the correlation against NumPy, and what is undefined."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from data_cache.geometry import Geometry
from data_cache.masks import Rle
from evaluation.localization import normalise
from evaluation.pixel_scores import Moments, average_precision, correlation, roc_auc, roc_auc_error
from evaluation.pixels.curves import STEPS, threshold_curve
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.overlay import overlay_map
from tests.evaluation.making import blob, smooth

SIZE = (60, 84)


def curve_of(seed: int):
    mask, values = blob(seed, SIZE), normalise(smooth(seed + 1, SIZE))
    return mask, values, threshold_curve(values, mask)


@settings(max_examples=40)
@given(st.integers(0, 999))
def test_equal_scikit_learn_on_the_steps(seed):
    """Values on one step count as equal, and so do they there."""
    mask, values, curve = curve_of(seed)
    if not mask.any():
        return
    step = np.ceil(values * np.float32(STEPS))
    assert roc_auc(curve) == pytest.approx(roc_auc_score(mask.ravel(), step.ravel()), abs=1e-12)
    expected = average_precision_score(mask.ravel(), step.ravel())
    assert average_precision(curve) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40)
@given(st.integers(0, 999))
def test_are_near_the_exact_values(seed):
    """The area within the bound that is stated; average precision has none, on smooth maps it is this near."""
    mask, values, curve = curve_of(seed)
    if not mask.any():
        return
    assert abs(roc_auc(curve) - roc_auc_score(mask.ravel(), values.ravel())) <= roc_auc_error(curve) + 1e-12
    assert roc_auc_error(curve) < 1e-3
    exact = average_precision_score(mask.ravel(), values.ravel())
    assert average_precision(curve) == pytest.approx(exact, abs=0.01)


def test_pencil():
    """Mask: values 1, 0.25; others: 0.5, 0. Of four pairs three are right; precision 1 at recall ½, then 2/3."""
    values, mask = np.array([[1, 0.5], [0.25, 0]], np.float32), np.array([[1, 0], [1, 0]], bool)
    curve = threshold_curve(values, mask)
    assert roc_auc(curve) == 0.75
    assert average_precision(curve) == pytest.approx((1 + 2 / 3) / 2, abs=1e-15)
    assert roc_auc_error(curve) == 0


def test_a_constant_map_knows_nothing():
    mask = np.array([[1, 0, 0, 0]], bool)
    curve = threshold_curve(np.zeros((1, 4), np.float32), mask)
    assert roc_auc(curve) == 0.5
    assert average_precision(curve) == 0.25


@pytest.mark.parametrize("filled", [False, True])
def test_without_pixels_of_both_kinds_it_is_undefined(filled):
    curve = threshold_curve(np.array([[0, 0.5, 1]], np.float32), np.full((1, 3), filled))
    assert np.isnan([roc_auc(curve), roc_auc_error(curve)]).all()
    assert average_precision(curve) == 1 if filled else np.isnan(average_precision(curve))
    assert np.isnan(correlation(Moments(3, 3 * filled, 1.5, 1.25, 1.5 * filled)))


@settings(max_examples=25)
@given(st.integers(0, 999), st.sampled_from(["paper", "aligned"]))
def test_correlation_equals_numpy(seed, alignment):
    """Outside the crop, where the map says nothing, its smallest value stands."""
    mask, values = blob(seed, SIZE), smooth(seed + 1, (11, 13))
    if not mask.any():
        return
    region = Region.of_map(SIZE, Geometry(*SIZE, 64), alignment)
    overlay = overlay_map(values, region)
    whole = np.zeros(SIZE)
    whole[region.top : region.top + region.rows, region.left : region.left + region.columns] = overlay.normalised
    comparison = overlay.against(MaskRuns.of(Rle.encode(mask)))
    expected = np.corrcoef(whole.ravel(), mask.ravel())[0, 1]
    assert correlation(comparison.moments()) == pytest.approx(expected, abs=1e-9)
    step = np.ceil(whole.astype(np.float32) * np.float32(STEPS)).ravel()
    assert roc_auc(comparison.curve()) == pytest.approx(roc_auc_score(mask.ravel(), step), abs=1e-12)


def test_correlation_of_a_nearly_constant_map():
    """One low pixel: where sums are taken in float32 nothing is left of the spread."""
    values = np.full((400, 500), 1, np.float32)
    values[7, 9] = 0
    mask = np.zeros((400, 500), bool)
    mask[:, :100] = True
    overlay = overlay_map(values, Region(400, 500, 0, 0, 400, 500))
    found = correlation(overlay.against(MaskRuns.of(Rle.encode(mask))).moments())
    assert found == pytest.approx(np.corrcoef(values.ravel(), mask.ravel())[0, 1], rel=1e-6)
