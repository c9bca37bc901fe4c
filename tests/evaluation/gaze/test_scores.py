"""Scores of maps against gaze: SciPy, scikit-learn, and by hand."""

import numpy as np
import pytest
from scipy.stats import entropy, pearsonr
from sklearn.metrics import roc_auc_score

from evaluation.gaze import scores as s

NOWHERE = np.zeros((0, 2))


@pytest.fixture
def maps():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(13, 17)).astype(np.float32)
    gaze = (rng.random((13, 17)) ** 4).astype(np.float32)
    return values, gaze / gaze.sum()


def test_correlation_is_pearsons(maps):
    values, gaze = maps
    assert s.ncc(values, gaze) == pytest.approx(pearsonr(values.ravel(), gaze.ravel()).statistic, rel=1e-6)
    assert s.ncc(gaze, gaze) == pytest.approx(1)
    assert s.ncc(-gaze, gaze) == pytest.approx(-1)


def test_divergence_is_that_of_densities(maps):
    values, gaze = maps
    density = values.astype(np.float64) - values.min()
    expected = entropy(gaze.ravel(), density.ravel() / density.sum() + np.finfo(float).eps)
    assert s.kl_divergence(values, gaze) == pytest.approx(expected, rel=1e-5)


def test_divergence_by_hand():
    """Half looked at where the map has three quarters, half where it has one: ½ ln ⅔ + ½ ln 2."""
    gaze = np.array([[0.5, 0.5, 0]], np.float32)
    values = np.array([[4, 2, 1]], np.float32)
    assert s.kl_divergence(values, gaze) == pytest.approx((np.log(2 / 3) + np.log(2)) / 2, rel=1e-9)


def test_divergence_of_a_map_from_itself_is_nothing():
    gaze = np.array([[0, 1, 2], [0, 3, 2]], np.float32)
    assert s.kl_divergence(gaze / 8, gaze / 8) == pytest.approx(0, abs=1e-12)


def test_area_is_scikit_learns_with_ties(maps):
    values, gaze = maps
    positive = gaze > np.median(gaze)
    for one in (values, np.round(values)):
        assert s.auc(one, positive) == pytest.approx(roc_auc_score(positive.ravel(), one.ravel()), rel=1e-12)


def test_area_of_fixated_pixels():
    """Two fixations on a map of 2 × 4 pixels over a radiograph of 40 × 80: pixels (0, 1) and (1, 3)."""
    points = np.array([[25.0, 19], [79.9, 20], [24, 3]])
    values = np.array([[1, 5, 2, 3], [4, 0, 6, 7]], np.float32)
    positive = np.array([[0, 1, 0, 0], [0, 0, 0, 1]], bool)
    np.testing.assert_array_equal(s.fixated(points, (40, 80), (2, 4)), positive)
    assert s.auc_judd(values, points, (40, 80)) == pytest.approx((5 + 6) / 12)  # 5 beats 1, 2, 3, 4, 0; 7 beats all
    assert np.isnan(s.auc_judd(values, NOWHERE, (40, 80)))


def test_area_of_judd_lies_below_the_trapezoids_of_their_code(maps):
    """Their code joins thresholds at fixated values by straight lines: the share of others above the least one more."""
    values, _ = maps
    points = np.random.default_rng(1).uniform((0, 0), (17, 13), (9, 2))
    positive = s.fixated(points, (13, 17), (13, 17))
    thresholds = np.sort(values[positive])[::-1]
    count, others = len(thresholds), values.size - len(thresholds)
    hit = np.arange(1, count + 1) / count
    false = np.array([(values >= one).sum() - i for i, one in enumerate(thresholds, 1)]) / others
    theirs = np.trapezoid([0, *hit, 1], [0, *false, 1])
    assert s.auc_judd(values, points, (13, 17)) == pytest.approx(theirs - false[-1] / (2 * count), rel=1e-9)


def test_top_region_is_the_smallest_that_holds_the_share():
    values = np.array([[4, 3, 2], [1, 0, 0]], np.float32)
    assert s.top_mass(values, 0.4).sum() == 1
    assert s.top_mass(values, 0.41).sum() == 2
    assert s.top_mass(values, 0.7).sum() == 2
    assert s.top_mass(values, 0.99).sum() == 4
    shifted = values - 100
    np.testing.assert_array_equal(s.top_mass(shifted, 0.7), s.top_mass(values, 0.7))
    equal = np.array([[2, 2, 2, 0]], np.float32)
    assert s.top_mass(equal, 0.1).sum() == 3  # equal values go together
    for share in (0, 1, -0.1):
        with pytest.raises(ValueError, match="between 0 and 1"):
            s.top_mass(values, share)


def test_overlap_of_top_regions_by_hand():
    gaze = np.array([[4, 4, 2, 0]], np.float32) / 10
    values = np.array([[0, 4, 4, 2]], np.float32)
    assert s.iou_top(values, gaze, 0.8) == pytest.approx(1 / 3)
    assert s.iou_top(gaze, gaze, 0.5) == 1


def test_what_is_undefined_is_named(maps):
    values, gaze = maps
    flat = np.full(values.shape, 3, np.float32)
    found, reasons = s.scores(flat, gaze, NOWHERE, (13, 17), 0.5)
    assert all(np.isnan(list(found.values()))) and set(reasons.values()) == {s.BLANK}
    found, reasons = s.scores(values, flat / flat.sum(), NOWHERE, (13, 17), 0.5)
    assert all(np.isnan(list(found.values()))) and set(reasons.values()) == {s.EVERYWHERE}
    found, reasons = s.scores(values, gaze, NOWHERE, (13, 17), 0.5)
    assert reasons == {"auc_judd": s.NO_POINTS} and np.isnan(found["auc_judd"])
    assert not any(np.isnan(found[name]) for name in s.SCORES if name != "auc_judd")
    found, reasons = s.scores(values, gaze, np.array([[3.0, 4]]), (13, 17), 0.5)
    assert not reasons and tuple(found) == s.SCORES


def test_shapes_must_agree(maps):
    values, gaze = maps
    for score in (s.ncc, s.kl_divergence, lambda a, b: s.iou_top(a, b, 0.5), lambda a, b: s.auc(a, b > 0)):
        with pytest.raises(ValueError, match="one shape"):
            score(values, gaze[:-1])
