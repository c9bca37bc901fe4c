"""Means and intervals of what was measured, by hand."""

import numpy as np
import pytest

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
