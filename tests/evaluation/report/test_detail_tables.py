"""Means of the scores beside hit and IoU against pandas, with the draws of patients written out."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evaluation.benchmark import Settings
from evaluation.report.detail_tables import DETAILS, DETAILS_SUMMARY, detail_lines, summary_of_details
from evaluation.results import MEAN, Results
from evaluation.scores import METRICS, Scores
from evaluation.scores_registry import FURTHER
from evaluation.scoring import Row
from models.classification.bootstrap import resample_counts

CASES = [f"patient{k}_study{s}_view1_frontal" for k in range(9) for s in (1, 2)]
FINDINGS = ("Edema", "Fracture")
DRAWS = 200


@pytest.fixture(scope="module")
def results():
    """Two findings, the second drawn on two thirds of the cases; no anatomy; a method, and people without maps."""
    rng, nothing = np.random.default_rng(4), dict.fromkeys(METRICS, np.nan)
    rows = []
    for c, case in enumerate(CASES):
        for f, finding in enumerate(FINDINGS):
            values = {name: float(rng.random()) for name in FURTHER}
            values |= {"pointing": float(rng.random() < 0.4), "dice": np.nan if c in (3, 4) else values["dice"]}
            values |= {name: np.nan for name in FURTHER if name.startswith("evidence_")}
            drawn = f == 0 or c % 3 < 2
            rows.append(Row("mine", finding, case, Scores(nothing | values if drawn else nothing), np.nan))
        rows.append(Row("people", FINDINGS[0], case, Scores(nothing), np.nan))
    return Results.of(rows, ["mine", "people"], FINDINGS)


def drawn_means(table):
    """Means by draw (DRAWS, findings): each draw takes all cases of as many patients as there are."""
    patients = [case.split("_study")[0] for case in CASES]
    counts = np.concatenate(list(resample_counts(patients, DRAWS, 0)))
    return np.stack([(counts @ table[f].fillna(0)) / (counts @ table[f].notna()) for f in FINDINGS], axis=1)


def test_means_n_and_intervals_are_those_of_the_cases(results):
    details = pd.DataFrame(list(detail_lines(results)), columns=DETAILS)
    assert len(details) == 18 + 12
    lines = list(summary_of_details(results, Settings(bootstrap=DRAWS)))
    found = pd.DataFrame(lines, columns=DETAILS_SUMMARY).set_index(["score", "finding"])
    assert {*found["method"]} == {"mine"} and {*found["form"]} == {"mask"} and {*found["resampled"]} == {"patient"}
    assert {score for score, _ in found.index} == {name for name in FURTHER if not name.startswith("evidence_")}
    for score in ("dice", "energy", "pointing"):
        table = details.pivot_table(index="case", columns="finding", values=score).reindex(CASES)
        means, draws = table.mean(), drawn_means(table)
        expected = {**means, MEAN: means.mean()}
        counts = {**table.count(), MEAN: table.count().sum()}
        low, high = np.quantile(
            np.column_stack([draws, draws.mean(axis=1)]), [0.025, 0.975], axis=0, method="inverted_cdf"
        )
        for at, name in enumerate((*FINDINGS, MEAN)):
            one = found.loc[(score, name)]
            assert (one["value"], one["n"]) == (pytest.approx(expected[name], rel=1e-12), counts[name])
            rate = score == "pointing" and name != MEAN
            assert one["interval"] == ("Wilson" if rate else "percentile bootstrap")
            if not rate:
                assert (one["low"], one["high"]) == pytest.approx((low[at], high[at]), rel=1e-12)
    hits = details[details["finding"] == "Fracture"]["pointing"]
    one = found.loc[("pointing", "Fracture")]
    exact = stats.binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    assert one["low"] <= exact.low + 1e-12 and one["high"] >= exact.high - 1e-12  # wider: patients have two images


def test_of_few_patients_there_is_no_interval_and_it_says_so(results):
    few = [row for row in results.rows if row.case in CASES[:6]]
    lines = summary_of_details(Results.of(few, ["mine", "people"], FINDINGS), Settings(bootstrap=DRAWS))
    found = pd.DataFrame(list(lines), columns=DETAILS_SUMMARY)
    one = found[(found["score"] == "energy") & (found["finding"] == MEAN)].iloc[0]
    assert np.isnan(one["low"]) and one["why_no_interval"] == "fewer than 6 patients" and one["patients"] == 3
