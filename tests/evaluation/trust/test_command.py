"""The trust command and its tables, with small networks on a few bundled phantoms."""

import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from data_cache.case import Case
from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.sources import registry
from data_cache.sources.base import Dataset
from evaluation.__main__ import app
from evaluation.trust.base import NAN, Measured
from evaluation.trust.cohort import read_thresholds
from evaluation.trust.registry import CHECKS, find_check
from evaluation.trust.run import NOTHING_PRESENT, UNREADABLE, Plan, Row, parse_checks, parse_findings, run_checks
from evaluation.trust.summary import summarise, verdicts, worst_cases
from explainers.registry import EXPLAINERS
from models.predictor import load_predictor
from tests.data_cache.sources.layouts import table, write
from tests.explainers.conftest import save_small

METHODS = ("raw", "scaled", "gradcam")


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("weights")
    return {kind: save_small(kind, folder, input_size=64) for kind in ("medicalpatchnet", "cnn")}


@pytest.fixture(scope="module")
def plan(weights, tmp_path_factory) -> Plan:
    return Plan(
        tmp_path_factory.mktemp("out"),
        ("perturbation", "exactness", "localization"),
        {method: EXPLAINERS[method].parse(None) for method in METHODS},
        {key: load_predictor(path, key, "torch-cpu") for key, path in weights.items()},
        settings={"steps": 8, "thresholds": {}},
    )


def _cases() -> list[Case]:
    drawn = [case for case in bundled_cases() if case.drawn][:2]
    labels = {finding: int(finding == "No Finding") for finding in FINDINGS}
    healthy = [replace(bundled_cases()[-1], id="healthy_study1", labels=labels, masks={})]
    missing = Case(id="gone", patient="gone", source="test", image_path=Path("gone.jpg"))
    return [*drawn, *healthy, missing]


def _values(rows: list[Row]) -> list[tuple]:
    return [
        (row.check, row.method, row.case, row.finding, row.measured.metric, repr(row.measured.value)) for row in rows
    ]


def test_a_run_goes_on_where_it_was_stopped(plan) -> None:
    cases, said = _cases(), []

    class KilledError(Exception):
        pass

    def kill() -> None:
        raise KilledError

    with pytest.raises(KilledError):
        run_checks(cases, plan, said.append, kill)
    first = {path: path.stat().st_mtime_ns for path in plan.out.rglob("*.json")}
    assert len(first) == 7  # three methods, but exactness fits one
    rows, tally = run_checks(cases, plan, said.append)
    assert tally.kept == 7
    assert all(path.stat().st_mtime_ns == written for path, written in first.items())
    damaged = next(iter(first))
    damaged.write_text(damaged.read_text()[:40])
    again, tally = run_checks(cases, plan, said.append)
    assert tally.computed == 1
    assert "damaged" in said[-2]
    assert _values(again) == _values(rows)
    assert not list(plan.out.rglob("*.partial"))


@pytest.mark.parametrize(
    "content",
    [
        lambda stored: "[" * 200_000,
        lambda stored: json.dumps({**stored, "rows": [[]]}),
        lambda stored: json.dumps({**stored, "rows": 7}),
        lambda stored: json.dumps([stored]),
        lambda stored: '{"identity": ' + "9" * 5000 + "}",
        lambda stored: json.dumps({**stored, "rows": [{**stored["rows"][0], "curve": {"x": 1}}]}),
    ],
)
def test_an_entry_that_somebody_changed_is_computed_again(plan, content) -> None:
    cases, said = _cases()[:1], []
    rows, _ = run_checks(cases, plan, said.append)
    path = next((plan.out / "entries" / cases[0].id).glob("*.json"))
    path.write_text(content(json.loads(path.read_text())))
    again, tally = run_checks(cases, plan, said.append)
    assert tally.computed == 1 and "damaged and is computed again" in said[-1]
    assert _values(again) == _values(rows)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"method,finding\nraw,Edema\n",
        b"method,finding,threshold_tp\nraw,Edema,high\n",
        b"method,finding,threshold_tp\nraw,Edema,inf\n",
        b"threshold_tp,method\n0.5\n",
        b"method,finding,threshold_tp\n" + b"x" * 200_000 + b",Edema,0.5\n",
        b"\xff\xfe\x00",
        b"method,finding,threshold_tp\n" + b"raw,Edema,0.5\n" * 2_000_000,
    ],
)
def test_a_table_of_thresholds_that_is_none_is_one_sentence(tmp_path, content) -> None:
    path = tmp_path / "thresholds.csv"
    path.write_bytes(content)
    if not content:
        assert read_thresholds(path) == {}
        return
    with pytest.raises(InputError, match=r"thresholds\.csv") as raised:
        read_thresholds(path)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 300


def test_a_pipe_is_no_table_of_thresholds_and_a_table_is_one(tmp_path) -> None:
    os.mkfifo(tmp_path / "thresholds.csv")
    with pytest.raises(InputError, match="found no regular file"):
        read_thresholds(tmp_path / "thresholds.csv")
    table = tmp_path / "whole.csv"
    table.write_text('method,finding,threshold_tp\nraw,"Edema",0.25\nraw,Fracture,\n')
    assert read_thresholds(table) == {("raw", "Edema"): 0.25}


def test_every_case_keeps_its_lines(plan) -> None:
    rows, tally = run_checks(_cases(), plan, lambda _: None)
    by_case = {case.id: [row for row in rows if row.case == case.id] for case in _cases()}
    reasons = {name: {row.measured.reason for row in found} for name, found in by_case.items()}
    assert reasons["gone"] == {UNREADABLE}
    assert NOTHING_PRESENT in reasons[_cases()[2].id]
    assert len(tally.problems) == 1
    assert "gone.jpg" in tally.problems[0]
    areas = {row.method: row.measured.value for row in by_case[_cases()[0].id] if row.measured.metric == "gain"}
    assert areas["raw"] == areas["scaled"] != areas["gradcam"]  # scaling changes no order
    asked = {row.finding for row in by_case[_cases()[0].id] if row.check == "perturbation"}
    assert asked <= set(_cases()[0].positives)


def test_other_settings_are_computed_again(plan) -> None:
    few = replace(plan, checks=("perturbation",), parameters={"raw": plan.parameters["raw"]})
    run_checks(_cases()[:1], few, lambda _: None)
    assert run_checks(_cases()[:1], few, lambda _: None)[1].kept == 1
    for other in ({"settings": {"steps": 9, "thresholds": {}}}, {"findings": ("Edema", "Fracture")}):
        _, tally = run_checks(_cases()[:1], replace(few, **other), lambda _: None)
        assert tally.kept == 0


@pytest.mark.usefixtures("no_pictures")
def test_the_command_writes_everything(weights, tmp_path, monkeypatch) -> None:
    cases = [_cases()[0], _cases()[2]]

    class Two(Dataset):
        def splits(self):
            return ("test",)

        def cases(self, split):
            return cases

    monkeypatch.setattr(registry, "open_source", lambda *_: Two())
    words = [
        *("trust", "--patchnet", weights["medicalpatchnet"], "--methods", "raw"),
        *("--out", tmp_path, "--steps", 4, "--bootstrap", 50, "--backend", "torch-cpu"),
        *("--checks", "perturbation,stability,shortcut,localization"),
    ]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    assert "2 cases: " in result.output
    with (tmp_path / "cases.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["case"] for line in lines} == {case.id for case in cases}
    assert all(bool(line["value"]) != bool(line["reason"]) for line in lines)
    with (tmp_path / "summary.csv").open(newline="") as file:
        summary = {(one["check"], one["method"], one["metric"]): one for one in csv.DictReader(file)}
    gains = [line["value"] for line in lines if line["metric"] == "gain" and line["method"] == "raw"]
    known = np.array([float(value) for value in gains if value])
    one = summary["perturbation", "raw", "gain"]
    assert int(one["n"]) + int(one["undefined"]) == len(cases)
    assert float(one["mean"]) == pytest.approx(known.mean(), abs=1e-12)
    assert float(one["q50"]) == pytest.approx(np.median(known), abs=1e-12)
    assert one["reasons"] == f"{NOTHING_PRESENT}: 1"
    for name in ("worst.csv", "verdicts.csv", "by_size.csv", "summary.md"):
        assert (tmp_path / name).stat().st_size > 50
    for name in ("curves", "settings", "distributions"):
        assert (tmp_path / "figures" / f"{name}.png").is_file()
        assert "plotly.min.js" in (tmp_path / "figures" / f"{name}.html").read_text()
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["checks"][0] == "perturbation"
    assert manifest["entries"]["kept"] == 0


@pytest.mark.parametrize("command", ["trust", "profile", "probabilities"])
def test_the_words_of_a_dataset_mean_what_a_mapping_says(command, tmp_path, monkeypatch) -> None:
    own, asked, open_source = tmp_path / "own.yaml", [], registry.open_source
    own.write_text("Infiltrate: {finding: Consolidation, relation: narrower}\nEfusion: Edema\n", encoding="utf-8")
    write(tmp_path, {"m.csv": table("image_id,label,x1,y1,x2,y2", "a,Infiltrate,1,2,3,4", "a,Effusion,1,2,3,4")})

    def opened(*asked_for):
        asked.append(asked_for[-1])
        return open_source(*asked_for)

    monkeypatch.setattr(registry, "open_source", opened)
    words = ["--source", "csv", "--root", tmp_path, "--mapping", own, "--roll-up", "--near", "--split", "m"]
    words += ["--patchnet", tmp_path / "none.safetensors", "--out", tmp_path / "out"]
    found = CliRunner().invoke(app, [command, *map(str, words), *(["--train", ""] if command == "profile" else [])])
    (labels,) = asked
    assert labels.meaning("Infiltrate").finding == "Consolidation" and labels.roll_up and labels.near
    assert "taken Infiltrate for Consolidation (narrower, 1)" in found.output
    assert "the mapping's 'Efusion' is none of the labels that stand there; is 'Effusion' meant?" in found.output


def test_words_that_are_wrong(tmp_path) -> None:
    for words in (["--source", "phantom"], ["--checks", "magic"], ["--findings", "Influenza"], ["--split", "val"]):
        result = CliRunner().invoke(app, ["trust", "--out", str(tmp_path / "out"), *words])
        assert isinstance(result.exception, InputError), words
    assert not (tmp_path / "out").exists()
    listed = CliRunner().invoke(app, ["trust", "--out", str(tmp_path), "--checks", "list"])
    assert all(check.label in listed.output for check in CHECKS.values())
    with pytest.raises(InputError, match="Unknown check"):
        find_check("magic")


def test_choices() -> None:
    assert parse_findings("present") == "present"
    assert parse_findings("edema, Airspace Opacity,Edema") == ("Edema", "Lung Opacity")
    assert parse_checks("shortcut, sanity,shortcut") == ("shortcut", "sanity")
    assert set(parse_checks("default")) <= set(CHECKS)


def _rows(values: list[float], metric: str = "gain", check: str = "perturbation") -> list[Row]:
    return [
        Row(
            check,
            "raw",
            f"p{k}_study1",
            f"p{k // 2}",
            "Edema",
            Measured(metric, v, reason="why" if np.isnan(v) else ""),
        )
        for k, v in enumerate(values)
    ]


def test_summaries_by_pencil() -> None:
    (one,) = summarise(_rows([0.0, 0.0, 1.0, 1.0] * 3 + [NAN]), resamples=500)
    assert (one.n, one.undefined, one.mean, one.reasons) == (12, 1, 0.5, {"why": 1})
    assert one.sd == pytest.approx((3 / 11) ** 0.5)
    assert (one.minimum, one.maximum, one.quantiles[2]) == (0, 1, 0.5)
    # Six patients, each whole: the means are sixths, of which 0 and 1 come once in 64 resamples each.
    (whole,) = summarise(_rows([0.0, 0.0, 1.0, 1.0] * 3), resamples=2000)
    assert (whole.interval.low, whole.interval.high) == (pytest.approx(1 / 6), pytest.approx(5 / 6))
    (few,) = summarise(_rows([0.0, 0.0, 1.0, 1.0]), resamples=500)
    assert np.isnan(few.interval.low) and few.interval.why == "fewer than 6 patients"
    (nothing,) = summarise(_rows([NAN]))
    assert nothing.n == 0
    assert np.isnan(nothing.mean)


def test_the_worst_come_first() -> None:
    ranked = worst_cases(_rows([0.3, 0.1, NAN, 0.2]), count=2)
    assert [(row.case, rank) for row, rank in ranked] == [("p1_study1", 1), ("p3_study1", 2)]
    ranked = worst_cases(_rows([0.3, 0.1, 0.2], "deletion"), count=1)
    assert ranked[0][0].measured.value == 0.3
    assert worst_cases(_rows([0.3], "drop", "attended"))
    assert not worst_cases(_rows([0.3], "random_drop", "attended"))


def test_verdicts_by_pencil() -> None:
    def passed(values: list[float], metric: str, check: str) -> bool:
        ((_, _, verdict),) = verdicts(_rows(values, metric, check))
        return verdict.passed

    assert passed([0.1, 0.2, 0.3], "difference", "attended")
    assert not passed([-0.1, 0.1, 0.05], "difference", "attended")
    assert passed([1e-6], "removal_error", "exactness")
    assert not passed([1e-6, 1e-4], "removal_error", "exactness")
    assert verdicts(_rows([NAN], "difference", "attended")) == []


def test_the_command_finds_the_profiles_beside_the_weights(tmp_path):
    ask = ["trust", "--patchnet", "demo", "--cnn", "demo", "--limit", "1", "--checks", "quality,calibration"]
    found = CliRunner().invoke(app, [*ask, "--no-figures", "--bootstrap", "0", "--out", str(tmp_path)])
    assert found.exit_code == 0, found.output
    rows = list(csv.DictReader((tmp_path / "cases.csv").read_text().splitlines()))
    assert {row["check"] for row in rows} == {"quality", "calibration"}
    assert not [row for row in rows if "profile" in row["reason"]]
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert set(manifest["settings"]["profiles"]) == {"medicalpatchnet", "cnn"}
