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
    Measured("Lung Lesion", "d", "box", {"area": 0.2, "hit_prior": 0.0}),
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


def test_columns_beside_each_other_have_their_mean_over_the_same_findings():
    """The prior knows two findings of three, where the centre does worse; of outlines in boxes one has a value."""
    hits = {"Edema": (1.0, 1.0), "Pneumonia": (0.0, 1.0), "Pleural Other": (1.0, None)}
    measured = [
        Measured(finding, f"{k}", "box", {"area": 0.1, "hit_centre": one} | ({} if two is None else {"hit_prior": two}))
        for finding, (one, two) in hits.items()
        for k in range(7)
    ]
    measured += [Measured("Edema", "9", "box", {"area": 0.1, "outline_in_box": 0.6, "hit_centre": 0.0})]
    found = {(one.finding, one.quantity): one for one in summarise(measured, {}, tuple(hits), 50, 0)}
    centre, prior = found[MEAN, "hit_centre"], found[MEAN, "hit_prior"]
    assert (centre.n, prior.n, found[MEAN, "area"].n) == (15, 14, 15)
    assert centre.value == pytest.approx(7 / 8 / 2, abs=1e-15) and prior.value == 1
    assert centre.left_out == prior.left_out == ("Pleural Other",)
    assert (centre.interval, found["Edema", "hit_centre"].interval) == ("percentile bootstrap", "Wilson")
    assert np.isnan(prior.low) and "same value" in prior.why_no_interval  # all hits are alike: resamples say nothing
    assert (found[MEAN, "outline_in_box"].value, found[MEAN, "outline_in_box"].n) == (0.6, 1)


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
