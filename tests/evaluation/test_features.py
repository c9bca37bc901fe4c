"""Shapes of masks by pencil, regressions against statsmodels' formulas by hand and SciPy."""

import numpy as np
import pytest
from scipy import stats

from data_cache.masks import Rle
from evaluation.cases import CaseJob
from evaluation.features import Shape, regress, shapes_of_case


def shape_of(mask, **drawn):
    (found,) = shapes_of_case(CaseJob("a", {"Edema": Rle.encode(mask)}), drawn)
    return found


def test_a_rectangle():
    mask = np.zeros((40, 50), bool)
    mask[10:15, 20:31] = True  # between pixel centres: 4 by 10
    found = shape_of(mask)
    assert found.area == 55 / 2000
    assert found.elongation == pytest.approx(2.5, abs=1e-6)
    assert found.irrectangularity == pytest.approx(0, abs=1e-6)
    assert found.instances == 1


def test_a_triangle_fills_half_its_rectangle():
    mask = np.tri(30, 30, dtype=bool)
    assert shape_of(mask).irrectangularity == pytest.approx(0.5, abs=0.01)  # a staircase for a slope


def test_polygons_that_were_drawn_count_before_outlines():
    mask = np.zeros((40, 50), bool)
    mask[2:6, 2:6] = mask[20:30, 20:30] = True
    assert shape_of(mask).instances == 2
    assert shape_of(mask, Edema=3).instances == 3


def test_a_line_has_no_elongation():
    mask = np.zeros((40, 50), bool)
    mask[3, 4:20] = True
    found = shape_of(mask)
    assert np.isnan(found.elongation)
    assert np.isnan(found.irrectangularity)


def test_the_border_of_the_image_changes_nothing():
    inner, outer = np.zeros((60, 60), bool), np.zeros((60, 60), bool)
    inner[20:30, 20:40] = outer[:10, :20] = True
    assert shape_of(inner) == shape_of(outer)


def shapes(n):
    rng = np.random.default_rng(0)
    return [
        Shape("Edema", str(k), 1, float(rng.random()), float(1 + rng.random()), float(rng.random())) for k in range(n)
    ]


def test_regression_by_least_squares():
    found = shapes(30)
    noise = np.random.default_rng(1).normal(size=30)
    scores = {("Edema", str(k)): 2 * found[k].area + 0.1 * noise[k] for k in range(30)}
    area = next(one for one in regress("raw", "iou_tp", scores, found) if one.feature == "area")
    x = np.array([one.area for one in found])
    x = (x - x.min()) / np.ptp(x)
    y = np.array([scores["Edema", str(k)] for k in range(30)])
    design = np.stack([np.ones(30), x], axis=1)
    beta, residual, *_ = np.linalg.lstsq(design, y)
    error = np.sqrt(residual[0] / 28 * np.linalg.inv(design.T @ design)[1, 1])
    reach = stats.t.ppf(0.975, 28) * error
    np.testing.assert_allclose([area.slope, area.low, area.high], [beta[1], beta[1] - reach, beta[1] + reach])
    assert area.p == pytest.approx(2 * stats.t.sf(abs(beta[1] / error), 28))
    assert area.correlation == pytest.approx(stats.spearmanr(x, y).statistic)
    assert area.correlation_low < area.correlation < area.correlation_high
    assert area.n == 30


def test_too_few_or_equal_values_give_no_regression():
    few = regress("raw", "hit", {("Edema", str(k)): float(k) for k in range(3)}, shapes(3))
    assert all(np.isnan(one.slope) and one.n == 3 for one in few)
    instances = regress("raw", "hit", {("Edema", str(k)): float(k % 2) for k in range(9)}, shapes(9))[0]
    assert np.isnan(instances.slope)  # every mask has one instance
