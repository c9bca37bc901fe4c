"""Tables of means against pencil and pandas."""

import numpy as np
import pytest

from data_cache.findings import LOCALIZED_FINDINGS
from evaluation.report.comparison import percentages_below
from evaluation.results import MEAN, Results
from evaluation.scores import METRICS, Scores
from evaluation.scoring import Row

NAN = float("nan")
CASES = [f"patient{k}_study1_view1_frontal" for k in range(6)]


def row(method, finding, case, value):
    reasons = {} if value == value else dict.fromkeys(METRICS, "empty mask")
    return Row(method, finding, case, Scores(dict.fromkeys(METRICS, value), reasons), NAN)


@pytest.fixture
def results():
    a = {"Edema": [0.1, 0.2, 0.3, NAN, NAN, NAN], "Cardiomegaly": [1, 0, 1, 0, 1, NAN]}
    b = {"Edema": [0.2, 0.3, 0.4, 0.5, NAN, NAN], "Cardiomegaly": [0, 0, 0, 0, 0, NAN]}
    rows = [
        row(method, finding, case, value)
        for method, table in (("a", a), ("b", b))
        for finding in LOCALIZED_FINDINGS
        for case, value in zip(CASES, table.get(finding, [NAN] * 6), strict=True)
    ]
    return Results.of(rows, ["a", "b"])


def test_means_and_counts(results):
    found = results.estimates(200, 0, "image")
    edema, heart, overall = (found["a", name, "hit"] for name in ("Edema", "Cardiomegaly", MEAN))
    assert (edema.value, edema.n) == (pytest.approx(0.2, rel=1e-15), 3)
    assert (heart.value, heart.n) == (0.6, 5)
    assert (overall.value, overall.n) == (pytest.approx(0.4, rel=1e-15), 8)
    assert edema.interval.low <= 0.2 <= edema.interval.high
    missing = found["a", "Pneumothorax", "hit"]
    assert np.isnan(missing.value)
    assert missing.n == 0
    assert missing.interval.undefined == 200


def test_differences_pair_the_cases_where_both_are_defined(results):
    (edema,) = [d for d in results.differences(200, 0, "image") if (d.finding, d.metric) == ("Edema", "hit")]
    assert edema.estimate.n == 3
    assert edema.estimate.value == pytest.approx(-0.1, rel=1e-12)
    assert edema.estimate.interval.low == pytest.approx(-0.1, rel=1e-12)  # every pair differs by as much
    undefined = edema.estimate.interval.undefined
    assert edema.p == 2 / (200 - undefined + 1)


def test_percentage_below(results):
    found = {(line[0], line[1], line[2]): line[3:] for line in percentages_below(results, "b", 200, 0, "image")}
    reference, value, percent, low, high = found["a", "Edema", "hit"]
    assert (reference, value) == (pytest.approx(0.35), pytest.approx(0.2))
    assert percent == pytest.approx(100 * 0.15 / 0.35)
    assert low <= percent <= high
    assert np.isnan(found["a", "Cardiomegaly", "hit"][2])  # a percentage of 0


def test_why_values_are_missing(results):
    assert results.undefined()["a", "Edema", "hit", "empty mask"] == 3
    assert results.undefined()["a", "Pneumothorax", "iou_tp", "empty mask"] == 6


def test_a_single_value_has_no_interval():
    rows = [row("a", finding, CASES[0], 0.25) for finding in LOCALIZED_FINDINGS]
    found = Results.of(rows, ["a"]).estimates(100, 0, "patient")["a", "Edema", "hit"]
    assert (found.value, found.n) == (0.25, 1) and np.isnan([found.interval.low, found.interval.high]).all()
