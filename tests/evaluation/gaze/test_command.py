"""`python -m evaluation gaze` from files to tables."""

import csv
import json

import numpy as np
import pytest
from scipy.stats import pearsonr
from typer.testing import CliRunner

from data_cache.errors import InputError
from data_cache.gaze.registry import open_gaze
from data_cache.gaze.settings import GazeSettings
from evaluation.__main__ import app
from evaluation.gaze.floors import AVERAGE, CENTRE
from tests.data_cache.gaze.layouts import fixation, write_fg_cxr, write_reflacx


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def reflacx(tmp_path):
    """Eight patients; the first is read twice, the last reported nothing, and the one before was not mapped."""
    rng = np.random.default_rng(2)
    readings = []
    for number, patient in enumerate((0, *range(8))):
        looks = [fixation(t, t + rng.uniform(0.2, 1), *rng.integers((10, 10), (110, 80))) for t in range(6)]
        reported = (0, 0 if patient == 7 else 4, 3 if patient in (1, 3, 5) else 2, 0, 0)
        readings.append((f"P1{number:02}R1", False, f"d{patient}", patient, (120, 90), reported, False, looks))
    write_reflacx(tmp_path / "reflacx", readings)
    return tmp_path / "reflacx"


def write_maps(folder, cases, findings=("Atelectasis", "Consolidation")):
    rng = np.random.default_rng(9)
    folder.mkdir()
    for case in cases:
        for finding in findings:
            np.save(folder / f"{case}_{finding}.npy", rng.random((9, 12)).astype(np.float32))


def run(*arguments):
    return CliRunner().invoke(app, ["gaze", *map(str, arguments)], catch_exceptions=False)


def test_tables_of_methods_and_floors(reflacx, tmp_path):
    write_maps(tmp_path / "own", [f"d{n}" for n in range(6)] + ["d7"])
    out = tmp_path / "out"
    done = run("--maps", f"own={tmp_path / 'own'}", "--source", "reflacx", "--root", reflacx, "--out", out)
    assert done.exit_code == 0, done.output
    rows = read(out / "per_case.csv")
    assert {row["method"] for row in rows} == {"own", AVERAGE, CENTRE}
    own = [row for row in rows if row["method"] == "own"]
    assert len(own) == 7 + 3  # d0 twice and d1 … d5 once each for Atelectasis; d1, d3 and d5 for Consolidation
    assert {row["case"] for row in own if row["finding"] == "Consolidation"} == {"d1", "d3", "d5"}
    summary = {(row["method"], row["finding"]): row for row in read(out / "summary.csv")}
    line = summary["own", "Atelectasis"]
    mean = np.mean([float(row["ncc"]) for row in own if row["finding"] == "Atelectasis"])
    assert float(line["ncc"]) == pytest.approx(mean, rel=1e-12)
    assert (line["ncc_n"], line["readings"], line["patients"], line["kind"]) == ("7", "7", "6", "whole")
    assert float(line["ncc_low"]) <= mean <= float(line["ncc_high"])
    both = [float(summary["own", finding]["iou_top"]) for finding in ("Atelectasis", "Consolidation")]
    assert float(summary["own", "Mean"]["iou_top"]) == pytest.approx(np.mean(both), rel=1e-12)
    assert summary[AVERAGE, "Atelectasis"]["readings"] == "8"
    assert {row["ncc_n"] for (_, finding), row in summary.items() if finding == "Mean"} == {"10"}  # as the method's
    assert (line["ncc_interval"], line["findings"]) == ("percentile bootstrap", "Atelectasis")
    assert summary[CENTRE, "Consolidation"]["ncc_interval"] == "none: fewer than 6 patients"
    manifest = json.loads((out / "manifest.json").read_text())
    assert "seed 0" in manifest["inference"]["percentile bootstrap"] and manifest["settings"]["source"] == "reflacx"
    assert manifest["inputs"]["maps"]["own"]["cases"] == 7 and len(manifest["inputs"]["maps"]["own"]["sha256"]) == 64
    left_out = {(row["method"], row["reason"]): row["count"] for row in read(out / "left_out.csv")}
    assert left_out == {
        ("", "the reader reported nothing"): "1",
        ("own", "no maps of this radiograph"): "1",
    }
    assert "not all have a value of" not in done.output
    assert "Left out 1 of own: no maps of this radiograph." in done.output
    assert f"8 of 9 readings scored, {len(rows)} rows of methods, floors and findings;" in done.output


def test_a_wrong_fixation_is_named_with_its_reading_and_the_reading_is_scored(reflacx, tmp_path):
    write_maps(tmp_path / "own", [f"d{n}" for n in range(8)])
    path = next(path for path in sorted(reflacx.rglob("fixations.csv")))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1].replace(lines[-1].split(",")[0], "soon", 1)]) + "\n")
    done = run("--maps", f"own={tmp_path / 'own'}", "--source", "reflacx", "--root", reflacx, "--out", tmp_path / "out")
    assert f"{path.parent.name}: Line {len(lines) + 1} of fixations.csv: expected a number" in done.output
    assert "8 of 9 readings scored" in done.output


@pytest.mark.parametrize("window", [{}, {"start": 0.5, "end": 2.5}])
def test_a_score_is_that_of_the_map_and_the_gaze(reflacx, tmp_path, window):
    """The map of 9 × 12 values, each a block of the radiograph's pixels, correlated by SciPy at the gaze's grid."""
    (tmp_path / "own").mkdir()
    values = np.zeros((90, 120), np.float32)
    values[20:50, 40:90] = np.linspace(1, 2, 50)
    np.save(tmp_path / "own" / "d3_Consolidation.npy", values)
    flags = [word for name, value in window.items() for word in (f"--{name}", value)]
    run(
        "--maps", f"own={tmp_path / 'own'}", "--source", "reflacx", "--root", reflacx, "--out", tmp_path / "out", *flags
    )
    (row,) = [row for row in read(tmp_path / "out" / "per_case.csv") if row["method"] == "own"]
    reading = next(one for one in open_gaze("reflacx", reflacx, GazeSettings(**window)).readings if one.case == "d3")
    expected = pearsonr(values.ravel(), reading.make().values.ravel()).statistic
    assert float(row["ncc"]) == pytest.approx(expected, rel=1e-5)


def test_parts_of_the_body_have_their_own_lines(tmp_path):
    ramp = np.arange(400).reshape(20, 20) % 256
    said = {"heart": "Normal.", "left": "Clear."}
    maps = {("heatmaps", f"s{n}", part): np.roll(ramp, n, axis=1) for n in range(3) for part in said}
    write_fg_cxr(tmp_path / "fg", {f"s{n}": (f"d{n}", said) for n in range(3)}, maps)
    write_maps(tmp_path / "own", ["d0", "d2"], ("Edema",))
    done = run(
        *("--maps", f"own={tmp_path / 'own'}", "--source", "fg-cxr", "--root", tmp_path / "fg"),
        *("--out", tmp_path / "out", "--top", 20, "--bootstrap", 0),
    )
    assert done.exit_code == 0, done.output
    summary = read(tmp_path / "out" / "summary.csv")
    lines = [row for row in summary if row["method"] == "own" and row["finding"] == "Edema"]
    assert [(row["kind"], row["readings"], row["auc_judd"], row["auc_judd_n"]) for row in lines] == [
        ("heart", "2", "", "0"),
        ("left", "2", "", "0"),
    ]
    assert "IoU at the top 20 % of mass" in done.output
    assert {row["skip_reason"] for row in read(tmp_path / "out" / "per_case.csv")} == {"no fixations"}
    again = ("--maps", f"own={tmp_path / 'own'}", "--source", "fg-cxr", "--root", tmp_path / "fg", "--out", tmp_path)
    with pytest.raises(InputError, match="for a window of time, found finished maps"):
        run(*again, "--end", 3)
    for flags, words in (
        (("--end", 3, "--part", "phrases"), "a phrase has its own window"),
        (("--start", 3, "--end", 3), "--start before --end, found 3 and 3"),
        (("--start", "nan"), "expected seconds, found nan"),
    ):
        done = run(*again, *flags)
        assert done.exit_code == 2 and words in " ".join(done.output.replace("│", " ").split())


def test_findings_that_a_method_has_no_maps_of_are_in_no_mean(reflacx, tmp_path):
    write_maps(tmp_path / "own", [f"d{n}" for n in range(8)], ("Atelectasis",))
    done = run("--maps", f"own={tmp_path / 'own'}", "--source", "reflacx", "--root", reflacx, "--out", tmp_path / "out")
    assert "Means (whole) are over Atelectasis: not all have a value of Consolidation." in done.output
    means = [row for row in read(tmp_path / "out" / "summary.csv") if row["finding"] == "Mean"]
    assert [(row["readings"], row["ncc_n"], row["findings"]) for row in means] == [("8", "8", "Atelectasis")] * 3


def test_maps_of_other_radiographs_are_named(reflacx, tmp_path):
    write_maps(tmp_path / "own", ["other"])
    with pytest.raises(InputError, match="are the maps called by the DICOM ids"):
        run("--maps", f"own={tmp_path / 'own'}", "--source", "reflacx", "--root", reflacx, "--out", tmp_path / "out")


@pytest.mark.thorough
def test_processes_give_the_same_rows(reflacx, tmp_path):
    write_maps(tmp_path / "own", [f"d{n}" for n in range(8)])
    tables = []
    for count in (1, 2):
        out = tmp_path / f"out{count}"
        run(
            *("--maps", f"own={tmp_path / 'own'}", "--source", "reflacx", "--root", reflacx, "--out", out),
            *("--processes", count, "--alignment", "aligned"),
        )
        tables.append(((out / "per_case.csv").read_bytes(), (out / "summary.csv").read_bytes()))
    assert tables[0] == tables[1]
