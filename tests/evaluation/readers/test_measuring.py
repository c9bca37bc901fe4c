"""Pairs and ceilings worked out by hand."""

import numpy as np
import pytest
from scipy import stats

from evaluation.readers.consensus import Readings
from evaluation.readers.measuring import ALONE, CEILING, ceiling_rows, pairs_of
from evaluation.readers.summary import summarise
from evaluation.results import Results
from evaluation.scores import EMPTY, NOTHING_MARKED
from tests.evaluation.readers.reading import case_of

A, B = (0, 0, 20, 20), (10, 0, 30, 20)  # a third in common


def by_finding(rows):
    return {row.finding: row.scores for row in rows}


def test_every_two_readers_of_what_either_marked():
    case = case_of([("a", "Edema", A), ("b", "Edema", B), ("c", "Fracture", A)])
    rows = list(pairs_of(Readings.of(case)))
    assert [(row.finding, row.reader, row.other, row.both) for row in rows] == [
        ("Edema", "a", "b", True),
        ("Edema", "a", "c", False),
        ("Edema", "b", "c", False),
        ("Fracture", "a", "c", False),
        ("Fracture", "b", "c", False),
    ]
    assert rows[0].iou == pytest.approx(1 / 3)
    assert (rows[0].hit, rows[0].hit_back) == (1, 0)  # (10, 10) lies in B from 10 on; (20, 10) not in A up to 20
    assert [row.iou for row in rows[1:]] == [0] * 4
    assert all(np.isnan(row.hit) for row in rows[1:])


def test_one_reader_against_the_others():
    """a and b mark a third in common, c nothing. Others by union: of a: B, of b: A, of c: A and B."""
    case = case_of([("a", "Edema", A), ("b", "Edema", B)], absent=("Pneumonia",))
    scores = by_finding(ceiling_rows(Readings.of(case), "union"))
    assert scores["Edema"].values == pytest.approx({"hit": 1 / 3, "iou_tp": 1 / 3, "iou_all": (1 / 3 + 1 / 3 + 0) / 3})
    assert np.isnan(scores["Pneumonia"].values["hit"]) and scores["Pneumonia"].reasons["hit"] == EMPTY
    scores = by_finding(ceiling_rows(Readings.of(case), "majority"))[
        "Edema"
    ]  # of two others both must mark: only of c they do
    assert scores.values["hit"] == 0 and scores.values["iou_all"] == 0
    assert np.isnan(scores.values["iou_tp"]) and scores.reasons == {"iou_tp": NOTHING_MARKED}


def test_equal_readers_are_each_others_equal():
    case = case_of([(reader, "Edema", A) for reader in "abc"])
    for how in ("union", "majority", "fusion"):
        assert by_finding(ceiling_rows(Readings.of(case), how))["Edema"].values == {"hit": 1, "iou_tp": 1, "iou_all": 1}


def test_a_lone_reader_has_no_others():
    case = case_of([("a", "Edema", A)], read_by=("a",))
    assert list(pairs_of(Readings.of(case))) == []
    (row,) = ceiling_rows(Readings.of(case), "union")
    assert set(row.scores.reasons.values()) == {ALONE}


def test_means_are_over_pairs_then_over_cases():
    """One case whose three readers mark the same, one where two of three mark nothing."""
    cases = [
        case_of([(reader, "Edema", A) for reader in "abc"], name="c1", patient="p1"),
        case_of([("a", "Edema", A)], name="c2", patient="p2"),
    ]
    rows = [row for case in cases for row in pairs_of(Readings.of(case))]
    humans = [row for case in cases for row in ceiling_rows(Readings.of(case), "union")]
    (found,) = summarise(rows, humans, {"c1": "p1", "c2": "p2"}, 100, 0)
    assert (found.finding, found.cases, found.pairs, found.both) == ("Edema", 2, 3 + 2, 3)
    means = {name: (mean.value, mean.n) for name, mean in found.means.items()}
    assert means == {"agreed": (0.5, 2), "iou": (0.5, 2), "iou_both": (1, 1), "kappa": (0.5, 2), "hit": (1, 1)}
    # c2: a against nobody: hit undefined, IoU 0; b and c against a's mark: no hit, IoU 0
    ceiling = {name: (mean.value, mean.n) for name, mean in found.ceiling.items()}
    assert ceiling == {"hit": (0.5, 2), "iou_tp": (1, 1), "iou_all": (0.5, 2)}


def test_intervals_are_those_of_the_benchmark_and_of_rates_wilsons():
    """Two readers of each case: whether both marked it is 0 or 1, the hit of one against the other 0, 1/2 or 1."""
    rng, marks = np.random.default_rng(1), {}
    for number in range(12):
        edges = [(int(x), int(y), int(x) + 20, int(y) + 20) for x, y in rng.integers(0, (40, 20), (2, 2))]
        marks[f"c{number}"] = [("a", "Edema", edges[0]), *([("b", "Edema", edges[1])] if number % 3 else [])]
    patients = {name: f"p{number // 2 if number < 4 else number}" for number, name in enumerate(marks)}
    cases = [case_of(made, ("a", "b"), (), name, patients[name]) for name, made in marks.items()]
    rows = [row for case in cases for row in pairs_of(Readings.of(case))]
    humans = [row for case in cases for row in ceiling_rows(Readings.of(case), "union")]
    (found,) = summarise(rows, humans, patients, 100, 0)
    expected = Results.of(humans, [CEILING], ("Edema",), patients).estimates(100, 0, "patient")
    for metric, mean in found.ceiling.items():
        one = expected[CEILING, "Edema", metric]
        assert (mean.value, mean.n, mean.interval) == (pytest.approx(one.value, rel=1e-15), one.n, one.interval)
    agreed, iou = found.means["agreed"], found.means["iou"]
    assert (agreed.value, agreed.n, agreed.interval.kind) == (8 / 12, 12, "Wilson")
    exact = stats.binomtest(8, 12).proportion_ci(method="wilson")
    assert agreed.interval.low <= exact.low + 1e-12 and agreed.interval.high >= exact.high - 1e-12  # 10 patients
    assert (iou.n, iou.interval.kind) == (
        12,
        "percentile bootstrap",
    ) and iou.interval.low < iou.value < iou.interval.high
