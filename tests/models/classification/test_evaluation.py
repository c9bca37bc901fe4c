"""The whole report against scikit-learn, resample by resample, and what it says of what is undefined."""

import math
from functools import cache

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from models.classification.bootstrap import resample_counts
from models.classification.evaluation import evaluate_predictions
from models.classification.metrics import METRICS
from models.classification.report import LOCALIZED_MEAN, MEAN, ClassificationReport
from models.classification.thresholds import youden_thresholds
from tests.models.classification.oracle import example, sklearn_table

N = 90
RESAMPLES = 2
PATIENTS = [f"patient{k // 2 if k < 40 else k}" for k in range(N)]
LABELS, PROBABILITIES = example(N, seed=1)
VALIDATION = example(60, seed=2)
LOCALIZED = [FINDINGS.index(finding) for finding in LOCALIZED_FINDINGS]


def evaluated(n_resamples: int = RESAMPLES, seed: int = 5) -> ClassificationReport:
    return evaluate_predictions(LABELS, PROBABILITIES, PATIENTS, VALIDATION, n_resamples, seed)


@pytest.fixture(scope="module")
def report() -> ClassificationReport:
    return evaluated()


def expected_columns(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Six metrics of 14 findings and of the two means, by scikit-learn: (6, 16). All are defined on the whole data."""
    table = sklearn_table(labels, probabilities, youden_thresholds(*VALIDATION))
    return np.column_stack([table, table.mean(axis=1), table[:, LOCALIZED].mean(axis=1)])


def test_values_are_scikit_learns(report: ClassificationReport) -> None:
    values = np.array([row.value for row in report.rows]).reshape(16, 6).T
    np.testing.assert_allclose(values, expected_columns(LABELS, PROBABILITIES), rtol=0, atol=1e-12)


@pytest.mark.parametrize("unit", ["by_image", "by_patient"])
def test_intervals_are_percentiles_of_scikit_learns_values(report: ClassificationReport, unit: str) -> None:
    groups = range(N) if unit == "by_image" else PATIENTS
    counts = next(resample_counts(groups, RESAMPLES, 5)).astype(int)
    drawn = [np.repeat(np.arange(N), row) for row in counts]
    values = np.stack([expected_columns(LABELS[rows], PROBABILITIES[rows]) for rows in drawn])
    low, high = np.nanquantile(values, [0.025, 0.975], axis=0)
    found = [getattr(row, unit) for row in report.rows]
    np.testing.assert_allclose([each.low for each in found], low.T.ravel(), rtol=0, atol=1e-12)
    np.testing.assert_allclose([each.high for each in found], high.T.ravel(), rtol=0, atol=1e-12)
    assert [each.defined for each in found] == (~np.isnan(values)).sum(axis=0).T.ravel().tolist()


def test_rows_come_in_order_with_their_counts(report: ClassificationReport) -> None:
    names = [*FINDINGS, MEAN, LOCALIZED_MEAN]
    assert [(row.finding, row.metric) for row in report.rows] == [
        (name, metric) for name in names for metric in METRICS
    ]
    row = report.row("Edema", "f1")
    column = LABELS[:, FINDINGS.index("Edema")]
    known = ~np.isnan(column)
    assert (row.n, row.n_positive, row.n_unknown) == (known.sum(), (column == 1).sum(), N - known.sum())
    assert row.n_patients == len({name for name, keep in zip(PATIENTS, known, strict=True) if keep})
    assert row.threshold == youden_thresholds(*VALIDATION)[FINDINGS.index("Edema")]
    assert report.row("Edema", "auroc").threshold is None
    mean = report.row(MEAN, "f1")
    assert (mean.n, mean.n_patients, mean.n_findings, mean.n_positive) == (N, len(set(PATIENTS)), 14, None)
    assert report.row(LOCALIZED_MEAN, "auroc").n_findings == 10


def test_the_seed_decides_and_threads_do_not(report: ClassificationReport) -> None:
    with threadpool_limits(1):
        assert evaluated().rows == report.rows
    assert evaluated(seed=6).rows != report.rows


def test_monotone_scores_give_the_same_report(report: ClassificationReport) -> None:
    logits = [np.log(p + 0.01) for p in (PROBABILITIES, VALIDATION[1])]
    other = evaluate_predictions(LABELS, logits[0], PATIENTS, (VALIDATION[0], logits[1]), RESAMPLES, 5)
    assert [row.by_patient for row in other.rows] == [row.by_patient for row in report.rows]


def test_progress_is_told_to_the_end() -> None:
    steps: list[int] = []
    evaluate_predictions(LABELS, PROBABILITIES, PATIENTS, VALIDATION, 9000, 0, steps.append)
    assert len(steps) > 2
    assert sum(steps) == 2 * 9000


def test_without_resamples_there_are_values_and_no_intervals() -> None:
    row = evaluated(n_resamples=0).row(MEAN, "auroc")
    assert row.value > 0.5
    assert math.isnan(row.by_patient.low)
    assert row.by_patient.defined == 0


@cache
def degenerate() -> ClassificationReport:
    """No Finding never positive, Cardiomegaly always, Edema unknown, Fracture without threshold, Pneumonia once."""
    labels, probabilities = np.nan_to_num(LABELS), PROBABILITIES.copy()
    validation_labels = np.nan_to_num(VALIDATION[0])
    for name, value in {"No Finding": 0.0, "Cardiomegaly": 1.0, "Edema": np.nan, "Pneumonia": 0.0}.items():
        labels[:, FINDINGS.index(name)] = value
    labels[3, FINDINGS.index("Pneumonia")] = 1
    validation_labels[:, FINDINGS.index("Fracture")] = 0
    probabilities[:, FINDINGS.index("Consolidation")] = 0
    return evaluate_predictions(labels, probabilities, PATIENTS, (validation_labels, VALIDATION[1]), 200, 0)


@pytest.mark.parametrize(
    ("finding", "metric", "reason"),
    [
        ("No Finding", "auroc", "no positive image"),
        ("No Finding", "sensitivity", "no positive image"),
        ("Cardiomegaly", "auroc", "no negative image"),
        ("Cardiomegaly", "specificity", "no negative image"),
        ("Edema", "auroc", "no image with a known label"),
        ("Edema", "accuracy", "no image with a known label"),
        ("Edema", "precision", "no image with a known label"),
        ("Edema", "f1", "no image with a known label"),
        ("Fracture", "accuracy", "no threshold, validation has no positive image"),
        ("Consolidation", "precision", "no image is called positive"),
        (MEAN, "auroc", "without No Finding, Cardiomegaly, Edema"),
        (LOCALIZED_MEAN, "auroc", "without Cardiomegaly, Edema"),
    ],
)
def test_what_is_undefined_says_why(finding: str, metric: str, reason: str) -> None:
    row = degenerate().row(finding, metric)
    assert row.reason == reason
    assert math.isnan(row.value) != finding.startswith("Mean")
    if math.isnan(row.value):
        assert (row.by_image.defined, row.by_patient.defined, row.n_findings) == (0, 0, 0)


def test_resamples_without_a_class_are_counted_and_left_out() -> None:
    report = degenerate()
    row = report.row("Pneumonia", "auroc")
    assert row.reason == ""
    assert 0 < row.by_image.defined < 200  # the one positive is missing from a share of e⁻¹
    assert math.isfinite(row.by_image.low)
    assert report.row("Pneumonia", "accuracy").by_image.defined == 200
    assert report.row(MEAN, "auroc").by_image.defined <= row.by_image.defined
    assert report.row(LOCALIZED_MEAN, "auroc").by_image.defined == 200  # Pneumonia is none of the ten


def test_nothing_positive_and_nothing_called() -> None:
    labels, probabilities = np.zeros((4, 14)), np.zeros((4, 14))
    validation = np.tile([[0.0], [1.0]], (1, 14)), np.tile([[0.1], [0.9]], (1, 14))
    row = evaluate_predictions(labels, probabilities, list("abcd"), validation, 10).row("Edema", "f1")
    assert row.reason == "no positive image and none called positive"


@pytest.mark.parametrize(
    ("labels", "probabilities", "patients", "validation"),
    [
        (LABELS[:, :13], PROBABILITIES[:, :13], PATIENTS, VALIDATION),
        (LABELS, PROBABILITIES[:-1], PATIENTS, VALIDATION),
        (LABELS, PROBABILITIES, PATIENTS[:-1], VALIDATION),
        (LABELS, PROBABILITIES, PATIENTS, (VALIDATION[0][:, :5], VALIDATION[1][:, :5])),
        (LABELS[:0], PROBABILITIES[:0], [], VALIDATION),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    labels: np.ndarray, probabilities: np.ndarray, patients: list[str], validation: tuple[np.ndarray, np.ndarray]
) -> None:
    with pytest.raises(ValueError, match=r"Expected labels and probabilities \(n, 14\)"):
        evaluate_predictions(labels, probabilities, patients, validation, 10)
