"""Tables of means against pencil and pandas."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

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
    assert (edema.patients, heart.patients, overall.patients) == (3, 5, 5)
    assert np.isnan(edema.interval.low) and edema.interval.why == "fewer than 6 patients"
    assert (heart.interval.kind, heart.interval.why) == ("Wilson", "")
    expected = stats.binomtest(3, 5).proportion_ci(method="wilson")
    assert (heart.interval.low, heart.interval.high) == pytest.approx((expected.low, expected.high), rel=1e-12)
    missing = found["a", "Pneumothorax", "hit"]
    assert np.isnan(missing.value)
    assert missing.n == 0
    assert missing.interval.undefined == 200


def test_results_of_one_cohort_share_their_draws():
    """Rows of some cases alone, such as a ceiling's, have the interval that they have among all."""
    cases = [f"patient{k}_study1_view1_frontal" for k in range(30)]
    some = [row("a", "Edema", case, k / 30) for k, case in enumerate(cases[10:])]
    rest = [row("a", "Edema", case, NAN) for case in cases[:10]]
    found = [
        Results.of(rows, ["a"], ("Edema",), cases=among).estimates(100, 0, "patient")
        for rows, among in ((some, cases), ([*some, *rest], ()), (some, ()))
    ]
    assert found[0] == found[1] != found[2]
    assert found[0]["a", "Edema", "iou_tp"].n == 20


def test_differences_pair_the_cases_where_both_are_defined(results):
    (edema,) = [d for d in results.differences(200, 0, "image") if (d.finding, d.metric) == ("Edema", "hit")]
    assert edema.estimate.n == 3
    assert edema.estimate.value == pytest.approx(-0.1, rel=1e-12)
    assert edema.estimate.interval.why == "fewer than 6 patients"
    assert np.isnan([edema.test.p, edema.p_holm]).all()  # of three patients


def many(seed, count=40):
    """Two methods on patients of one to three images."""
    rng = np.random.default_rng(seed)
    cases = [f"patient{k}_study{s}_view1_frontal" for k in range(count) for s in range(1 + k % 3)]
    names = LOCALIZED_FINDINGS[:3]
    tables = rng.random((2, len(names), len(cases)))
    tables[rng.random(tables.shape) < 0.3] = np.nan
    tables[:, 2, 26:] = np.nan  # few patients
    rows = [
        row(method, finding, case, tables[m, names.index(finding), c] if finding in names else NAN)
        for m, method in enumerate("ab")
        for finding in LOCALIZED_FINDINGS
        for c, case in enumerate(cases)
    ]
    return Results.of(rows, ["a", "b"])


def scores_of(results):
    return np.asarray(results.values)


def test_differences_are_tested_as_scipy_does_by_patient():
    results = many(3)
    found = {(one.finding, one.metric): one for one in results.differences(50, 0, "patient")}
    for finding in LOCALIZED_FINDINGS[:3]:
        f, one = LOCALIZED_FINDINGS.index(finding), found[finding, "iou_tp"]
        paired = -np.diff(scores_of(results), axis=0)[0, METRICS.index("iou_tp"), :, f]
        table = pd.DataFrame({"patient": [case.split("_study")[0] for case in results.cases], "d": paired}).dropna()
        sums = table.groupby("patient")["d"].sum().to_numpy()
        expected = stats.permutation_test(
            (sums,), np.sum, permutation_type="samples", n_resamples=100_000, rng=np.random.default_rng(0)
        ).pvalue
        assert one.test.patients == len(sums)
        assert one.test.exact == (len(sums) <= 17)
        tolerance = 1e-12 if one.test.exact else 5 * np.sqrt(expected / 50_000)
        assert one.test.p == pytest.approx(expected, abs=tolerance)


def test_the_mean_over_findings_flips_a_patients_findings_together():
    results = many(4, 9)
    (one,) = [d for d in results.differences(50, 0, "patient") if (d.finding, d.metric) == (MEAN, "hit")]
    paired = -np.diff(scores_of(results), axis=0)[0, METRICS.index("hit")]
    patients = np.array([case.split("_study")[0] for case in results.cases])
    names = sorted(set(patients))
    means = []
    for signs in itertools.product((1, -1), repeat=len(names)):
        sign_of = dict(zip(names, signs, strict=True))
        flipped = paired[:, :3] * np.array([sign_of[patient] for patient in patients])[:, None]
        means.append(np.nanmean(flipped, axis=0).mean())
    assert one.test.exact and one.test.patients == 8
    assert means[0] == pytest.approx(one.estimate.value, rel=1e-12)
    assert one.test.p == pytest.approx(np.mean(np.abs(means) >= abs(means[0]) - 1e-12), rel=1e-12)


def test_holm_stands_beside_every_p():
    found = many(5).differences(20, 0, "patient")
    plain, adjusted = (np.array([value(one) for one in found]) for value in (lambda o: o.test.p, lambda o: o.p_holm))
    assert (np.isnan(plain) == np.isnan(adjusted)).all() and np.isnan(plain).any()
    known = ~np.isnan(plain)
    assert (adjusted[known] >= plain[known]).all()
    assert adjusted[known].min() == pytest.approx(min(1, known.sum() * plain[known].min()))


def test_patients_are_those_that_the_dataset_names():
    named = {f"0000000{k // 2}_00{k % 2}": str(k // 2) for k in range(14)}
    rows = [row("a", finding, case, float(k // 2 % 3 == 0)) for k, case in enumerate(named) for finding in ("Edema",)]
    told, untold = (Results.of(rows, ["a"], ("Edema",), known) for known in (named, None))
    one, other = (found.estimates(50, 0, "patient")["a", "Edema", "hit"] for found in (told, untold))
    assert (one.patients, other.patients) == (7, 14) and one.interval != other.interval


def test_a_difference_that_is_never_negative_is_no_rate(results):
    (heart,) = [d for d in results.differences(50, 0, "image") if (d.finding, d.metric) == ("Cardiomegaly", "hit")]
    assert heart.estimate.value == 0.6 and heart.estimate.interval.kind != "Wilson"


def test_percentage_below(results):
    found = {(line[0], line[1], line[2]): line[3:] for line in percentages_below(results, "b", 200, 0, "image")}
    reference, value, percent, low, high = found["a", "Edema", "hit"]
    assert (reference, value) == (pytest.approx(0.35), pytest.approx(0.2))
    assert percent == pytest.approx(100 * 0.15 / 0.35)
    assert np.isnan([low, high]).all()  # of four patients
    assert np.isnan(found["a", "Cardiomegaly", "hit"][2])  # a percentage of 0


def test_why_values_are_missing(results):
    assert results.undefined()["a", "Edema", "hit", "empty mask"] == 3
    assert results.undefined()["a", "Pneumothorax", "iou_tp", "empty mask"] == 6


def test_a_single_value_has_no_interval_unless_it_is_a_rate():
    rows = [row("a", finding, CASES[0], 0.25) for finding in LOCALIZED_FINDINGS]
    found = Results.of(rows, ["a"]).estimates(100, 0, "patient")["a", "Edema", "hit"]
    assert (found.value, found.n) == (0.25, 1) and np.isnan([found.interval.low, found.interval.high]).all()
    rows = [row("a", finding, CASES[0], 1.0) for finding in LOCALIZED_FINDINGS]
    found = Results.of(rows, ["a"]).estimates(100, 0, "patient")["a", "Edema", "hit"].interval
    assert (found.low, found.high) == pytest.approx((0.2065, 1), abs=1e-4)
