"""Means and intervals of what was measured, by hand."""

import numpy as np
import pytest
from scipy import stats

from evaluation.geometry.measuring import Measured
from evaluation.geometry.summary import summarise
from evaluation.results import MEAN

PATIENTS = {"a": "1", "b": "1", "c": "2", "d": "3"}
MEASURED = [
    Measured("Edema", "a", "box", {"area": 0.1}),
    Measured("Edema", "b", "box", {"area": 0.4}),
    Measured("Edema", "c", "box", {"area": 0.7, "hit_prior": 1.0}),
    Measured("Lung Lesion", "d", "box", {"area": 0.2}),
    Measured("Edema", "d", "mask", {"area": 0.9}),
]


def summaries(resamples=200):
    found = summarise(MEASURED, PATIENTS, ("Lung Lesion", "Edema"), resamples, 0)
    return {(one.finding, one.form, one.quantity): one for one in found}


def test_means_by_form_and_finding():
    found = summaries()
    assert found["Edema", "box", "area"].value == pytest.approx(0.4, abs=1e-15)
    assert (found["Edema", "box", "area"].n, found["Edema", "box", "area"].patients) == (3, 2)
    assert found["Edema", "mask", "area"].value == 0.9
    assert ("Lung Lesion", "mask", "area") not in found
    assert found[MEAN, "box", "area"].value == pytest.approx(0.3, abs=1e-15)
    assert (found[MEAN, "box", "area"].n, found[MEAN, "box", "area"].patients) == (4, 3)
    assert found[MEAN, "mask", "area"].value == 0.9


def test_what_nobody_measured_is_undefined():
    found = summaries()
    nothing = found["Edema", "box", "hit_centre"]
    assert nothing.n == nothing.patients == 0 and np.isnan(nothing.value)
    assert found["Edema", "box", "hit_prior"].n == 1


def test_without_resamples_there_is_no_interval():
    assert np.isnan([summaries(0)["Edema", "box", "area"].low, summaries(0)["Edema", "box", "area"].high]).all()


@pytest.mark.parametrize(("hits", "images"), [(0, 9), (9, 9), (144, 146), (2, 3)])
def test_a_finding_s_hits_have_wilson_s_interval(hits, images):
    measured = [
        Measured("Edema", str(k), "box", {"hit_centre": float(k < hits), "hit_random": 0.5}) for k in range(images)
    ]
    found = {(one.finding, one.quantity): one for one in summarise(measured, {}, ("Edema",), 100, 0)}
    one = found["Edema", "hit_centre"]
    ends = stats.binomtest(hits, images).proportion_ci(method="wilson")
    np.testing.assert_allclose([one.low, one.high], [ends.low, ends.high], rtol=1e-9, atol=1e-12)
    chance = found["Edema", "hit_random"]
    assert (chance.low, chance.high) == (0.5, 0.5) or images < 6


def test_images_of_one_patient_say_less():
    """Eight patients of three images each that agree: as eight images; Mean resamples."""
    patients = {str(k): str(k // 3) for k in range(24)}
    measured = [Measured("Edema", str(k), "box", {"hit_prior": float(k // 3 % 2)}) for k in range(24)]
    found = {(one.finding, one.quantity): one for one in summarise(measured, patients, ("Edema",), 100, 0)}
    one, mean = found["Edema", "hit_prior"], found[MEAN, "hit_prior"]
    ends = stats.binomtest(4, 8).proportion_ci(method="wilson")
    np.testing.assert_allclose([one.low, one.high], [ends.low, ends.high], rtol=1e-9)
    assert mean.low == np.round(mean.low * 8) / 8  # a share of eight patients
