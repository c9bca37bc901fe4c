"""Prevalences, co-occurrence and severities of the drawn findings."""

import numpy as np
import pytest

from data_cache.errors import InputError
from data_cache.phantom.prevalence import PREVALENCE, Condition, draw_condition, grade, labels_of

COUNT = 1200


def draw(patient: int, study: int, table: str) -> Condition:
    return draw_condition(np.random.default_rng([1, patient]), np.random.default_rng([2, patient, study]), table)


@pytest.fixture(scope="module", params=["realistic", pytest.param("balanced", marks=pytest.mark.thorough)])
def drawn(request: pytest.FixtureRequest) -> tuple[str, list[Condition]]:
    return request.param, [draw(patient, 1, request.param) for patient in range(COUNT)]


def test_signs_are_as_frequent_as_the_table_says(drawn: tuple[str, list[Condition]]) -> None:
    """Within 4 binomial standard deviations (13 comparisons: one false alarm in 1200 runs, and the seed is fixed)."""
    table, conditions = drawn
    for sign, chance in PREVALENCE[table].items():
        found = sum(sign in condition.severities for condition in conditions) / COUNT
        assert abs(found - chance) < 4 * np.sqrt(chance * (1 - chance) / COUNT), sign


def test_labels_follow_the_hierarchy(drawn: tuple[str, list[Condition]]) -> None:
    labels = {name: np.array([condition.labels[name] for condition in drawn[1]]) for name in labels_of({})}
    assert (labels["Enlarged Cardiomediastinum"] >= labels["Cardiomegaly"]).all()
    for child in ("Edema", "Consolidation", "Pneumonia", "Atelectasis", "Lung Lesion"):
        assert (labels["Lung Opacity"] >= labels[child]).all(), child


def test_what_belongs_together_occurs_together(drawn: tuple[str, list[Condition]]) -> None:
    has = {sign: np.array([sign in c.severities for c in drawn[1]]) for sign in PREVALENCE["realistic"]}
    pairs = [("Edema", "Cardiomegaly"), ("Pneumonia", "Consolidation"), ("Fracture", "Pneumothorax")]
    for one, other in pairs:
        lift = (has[one] & has[other]).mean() / (has[one].mean() * has[other].mean())
        assert lift > 1.25, (one, other)


def test_studies_of_a_patient_resemble_each_other() -> None:
    pairs = [(draw(patient, 1, "balanced"), draw(patient, 2, "balanced")) for patient in range(400)]
    one, two = (np.array(["Cardiomegaly" in pair[i].severities for pair in pairs]) for i in (0, 1))
    assert two[one].mean() > 1.5 * two[~one].mean()


def test_severities_run_from_subtle_to_obvious(drawn: tuple[str, list[Condition]]) -> None:
    grades = [grade(value) for condition in drawn[1] for value in condition.severities.values()]
    assert 0.13 < grades.count("subtle") / len(grades) < 0.19
    assert grades.count("obvious") / len(grades) > 0.35
    assert all(0 < value <= 1 for condition in drawn[1] for value in condition.severities.values())


def test_labels_by_hand() -> None:
    assert labels_of({})["No Finding"] == 1
    assert labels_of({"Support Devices": 1.0})["No Finding"] == 1
    pneumonia = labels_of({"Pneumonia": 0.5})
    assert (pneumonia["No Finding"], pneumonia["Lung Opacity"], pneumonia["Consolidation"]) == (0, 1, 0)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(InputError, match="realistic, balanced"):
        draw(1, 1, "frequent")
