"""Runs of one method: rows of their own, and how far they lie apart."""

import csv

import numpy as np
import pytest

from evaluation.results import Results
from evaluation.runs import method_of, spreads
from evaluation.scores import Scores
from evaluation.scoring import Row
from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import blob, smooth, write_masks, write_outputs

CASES = [f"patient{k}_study1_view1_frontal" for k in range(7)]


def test_names():
    assert [method_of(name) for name in ("raw#1", "raw#seed 2, against boxes", "raw", "#1")] == [
        *("raw", "raw, against boxes", "raw", "#1")
    ]


def test_by_pencil():
    hits = {"raw#1": [1, 0, 1, 0], "raw#2": [1, 1, 1, 0], "raw#3": [0, 0, 0, 0], "other": [1, 1, 1, 1]}
    rows = [
        Row(name, "Edema", case, Scores({"hit": float(hit), "iou_tp": np.nan, "iou_all": 0.5}), np.nan)
        for name, found in hits.items()
        for case, hit in zip(CASES, found, strict=False)
    ]
    found = {(one.method, one.finding, one.metric): one for one in spreads(Results.of(rows, list(hits), ("Edema",)))}
    assert {key[0] for key in found} == {"raw"}
    one = found["raw", "Edema", "hit"]
    assert (one.runs, one.mean, one.low, one.high) == (3, pytest.approx(1.25 / 3), 0, 0.75)
    assert one.deviation == pytest.approx(
        np.sqrt(((0.5 - 1.25 / 3) ** 2 + (0.75 - 1.25 / 3) ** 2 + (1.25 / 3) ** 2) / 2)
    )
    assert found["raw", "Edema", "iou_tp"].runs == 0 and np.isnan(found["raw", "Edema", "iou_tp"].mean)
    assert found["raw", "Mean", "iou_all"].deviation == 0


def test_runs_on_the_command_line(tmp_path):
    for seed in (1, 2):
        for k, case in enumerate(CASES):
            maps = np.stack([smooth(100 * seed + 20 * k + j, (8, 8)) for j in range(14)])
            for method in ("raw", "gradcam"):
                write_outputs(tmp_path / f"seed{seed}", case, method, maps)
    write_masks(tmp_path / "gt.json", {case: {"Edema": blob(k)} for k, case in enumerate(CASES)})
    maps = (f"raw#1={tmp_path / 'seed1'}", f"raw#2={tmp_path / 'seed2'}")
    rest = ("--ground-truth", tmp_path / "gt.json", "--out", tmp_path / "out", "--no-figures", "--processes", 1)
    assert call("benchmark", "--maps", *maps, "--maps", f"gradcam={tmp_path / 'seed1'}", *rest, "--bootstrap", 20) == 0
    with (tmp_path / "out" / "summary.csv").open() as file:
        means = {row["method"]: row for row in csv.DictReader(file) if row["finding"] == "Edema"}
    with (tmp_path / "out" / "runs.csv").open() as file:
        (found,) = [row for row in csv.DictReader(file) if (row["finding"], row["metric"]) == ("Edema", "iou_all")]
    values = [float(means[f"raw#{run}"]["miou_all"]) for run in (1, 2)]
    assert values[0] != values[1]
    assert (found["method"], found["runs"]) == ("raw", "2")
    assert float(found["mean"]) == pytest.approx(np.mean(values), rel=1e-12)
    assert float(found["deviation"]) == pytest.approx(np.std(values, ddof=1), rel=1e-12)
    assert "## Spread between runs" in (tmp_path / "out" / "summary.md").read_text()
