"""What the three files say."""

import csv
import io
import json
import math
from pathlib import Path

import pytest

from models.classification.report import COLUMNS, MEAN, ClassificationReport, Interval, Row

NOTHING = Interval(float("nan"), float("nan"), 0)


def row(metric: str, finding: str = "Edema", **changes: object) -> Row:
    values: dict[str, object] = {
        "finding": finding,
        "metric": metric,
        "value": 0.75,
        "n": 20,
        "n_positive": 5,
        "n_unknown": 3,
        "n_patients": 15,
        "n_findings": 1,
        "threshold": None if metric == "auroc" else 0.25,
        "by_image": Interval(0.6, 0.8, 1000),
        "by_patient": Interval(0.5, 0.9, 990),
        "reason": "",
    }
    return Row(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def report() -> ClassificationReport:
    names = ("auroc", "accuracy", "sensitivity", "specificity", "precision", "f1")
    rows = [row(name) for name in names]
    rows[4] = row(
        "precision", value=math.nan, by_image=NOTHING, by_patient=NOTHING, reason="no image is called positive"
    )
    fracture = [row(name, "Fracture", threshold=None if name == "auroc" else math.inf) for name in names]
    means = [row(name, MEAN, n_positive=None, n_unknown=None, n_findings=2, threshold=None) for name in names]
    return ClassificationReport(
        (*rows, *fracture, *means), 1000, 7, {"model": "m", "unreadable": [], "versions": {"a": "1"}}
    )


def test_csv_is_the_contract(report: ClassificationReport) -> None:
    lines = list(csv.reader(io.StringIO(report.to_csv())))
    assert lines[0] == list(COLUMNS)
    assert ",".join(lines[0]) == (
        "finding,metric,value,low_by_image,high_by_image,defined_by_image,low_by_patient,high_by_patient,"
        "defined_by_patient,n,n_positive,n_unknown,n_patients,n_findings,threshold,reason"
    )
    assert lines[1] == [
        "Edema",
        "auroc",
        *["0.75", "0.6", "0.8", "1000", "0.5", "0.9", "990", "20", "5", "3", "15", "1"],
        "",
        "",
    ]
    assert lines[5][2:6] == ["nan", "nan", "nan", "0"]
    assert lines[5][-1] == "no image is called positive"
    assert lines[13][:2] == [MEAN, "auroc"]
    assert lines[13][10:12] == ["", ""]
    assert len(lines) == 1 + 18


def test_json_is_strict_and_complete(report: ClassificationReport) -> None:
    content = json.loads(report.to_json(), parse_constant=pytest.fail)
    assert {name: content[name] for name in ("n_resamples", "seed", "confidence")} == {
        "n_resamples": 1000,
        "seed": 7,
        "confidence": 0.95,
    }
    assert content["context"]["model"] == "m"
    assert tuple(content["rows"][0]) == COLUMNS
    assert content["rows"][4]["value"] is None
    assert content["rows"][7]["threshold"] is None


def test_markdown_shows_both_ways_of_resampling_and_every_gap(report: ClassificationReport) -> None:
    text = report.to_markdown()
    by_patient, by_image = text.split("Resampled by image")
    assert "- model: m\n- unreadable: none\n- versions: a 1\n" in by_patient
    assert "| Edema | 20 | 5 | 3 | 0.250 | 0.750 (0.500–0.900)* |" in by_patient
    assert "| Edema | 20 | 5 | 3 | 0.250 | 0.750 (0.600–0.800) |" in by_image
    assert "| Fracture | 20 | 5 | 3 | none |" in by_patient
    assert f"| {MEAN} | 20 |  |  |  |" in by_image
    assert "- Edema, Precision: no image is called positive" in by_image
    assert "- Edema, AUROC, Accuracy, Sensitivity, Specificity, F1: defined in 990 resamples of patients" in by_image
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} == {12}


def test_rows_are_found_by_name(report: ClassificationReport) -> None:
    assert report.row("Fracture", "f1").threshold == math.inf
    with pytest.raises(KeyError):
        report.row("Fracture", "dice")


def test_more_context_keeps_what_is_there(report: ClassificationReport) -> None:
    assert report.with_context({"data": "d"}).context == {**report.context, "data": "d"}


def test_files_are_written_whole(report: ClassificationReport, tmp_path: Path) -> None:
    report.write(tmp_path / "new")
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == [
        "classification.csv",
        "classification.json",
        "classification.md",
    ]
    assert (tmp_path / "new" / "classification.csv").read_text() == report.to_csv()
