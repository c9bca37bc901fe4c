"""What is true where several read, and the row of one reader among the others."""

import csv

import numpy as np
import pytest
from typer.testing import CliRunner

from data_cache.errors import InputError
from evaluation.__main__ import app
from evaluation.cases import Setup
from evaluation.cohort.curves import curves_of_cohort
from evaluation.readers.truth import agreed_truth, human_ceiling
from evaluation.sources.own import find_own_maps
from evaluation.truth.ground_truth import Masks
from evaluation.truth.source import TruthSource
from tests.evaluation.readers.reading import case_of

A, B = (0, 0, 20, 20), (10, 0, 30, 20)


@pytest.fixture
def cases():
    return [
        case_of([("a", "Edema", A), ("b", "Edema", B)], name="c1", absent=("Pneumonia",)),
        case_of([("b", "Edema", B)], name="c2", patient="p2", read_by=("b", "c")),
    ]


def areas(truth):
    return {case: {finding: mask.area for finding, mask in masks.items()} for case, masks in truth.cases.items()}


def test_the_union_is_what_was_marked(cases):
    truth = Masks.of_cases(cases)
    assert agreed_truth(truth, cases, "union") is truth
    assert areas(truth) == {"c1": {"Edema": 600, "Pneumonia": 0}, "c2": {"Edema": 400}}


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("majority", {"c1": {"Edema": 200, "Pneumonia": 0}, "c2": {"Edema": 0}}),
        ("fusion", {"c1": {"Edema": 400, "Pneumonia": 0}, "c2": {"Edema": 400}}),
        ("b", {"c1": {"Edema": 400, "Pneumonia": 0}, "c2": {"Edema": 400}}),
    ],
)
def test_other_truths(cases, how, expected):
    found = agreed_truth(Masks.of_cases(cases), cases, how)
    assert areas(found) == expected
    assert found.origin.endswith(how) and set(found.forms) == set(expected) and how in found.notes[-1]
    assert found.findings == Masks.of_cases(cases).findings


def test_cases_that_a_reader_did_not_read_are_left_out_and_counted(cases):
    found = agreed_truth(Masks.of_cases(cases), cases, "a")
    assert areas(found) == {"c1": {"Edema": 400, "Pneumonia": 0}}
    assert found.notes == ("Truth: what reader a marked; 1 case that a did not read left out.",)
    with pytest.raises(InputError, match="'R9', who read none of its 2 cases"):
        agreed_truth(Masks.of_cases(cases), cases, "R9")


def test_one_reader_against_the_others_or_against_one(cases):
    union = {(row.case, row.finding): row.scores.values for row in human_ceiling(cases, "union", 1)}
    assert set(union) == {("c1", "Edema"), ("c2", "Edema")}  # nobody marked Pneumonia
    assert union["c2", "Edema"]["iou_all"] == 0 and union["c2", "Edema"]["hit"] == 0
    against_a = {(row.case, row.finding): row.scores.values for row in human_ceiling(cases, "a", 1)}
    assert list(against_a) == [("c1", "Edema")]  # a did not read the other
    assert against_a["c1", "Edema"] == pytest.approx({"hit": 0, "iou_tp": 1 / 3, "iou_all": 1 / 6})  # b, and c


@pytest.fixture
def dataset(tmp_path):
    """Seven radiographs of three readers each, who mark a third in common; the last one marks nothing."""
    lines = ["image_id,label,x_min,y_min,x_max,y_max,image_width,image_height,reader"]
    for number in range(7):
        for reader, box in (("R1", A), ("R2", B)):
            lines.append(f"i{number},Edema,{','.join(map(str, box))},60,40,{reader}")
        lines.append(f"i{number},No finding,,,,,60,40,R3")
    root = tmp_path / "set"
    root.mkdir()
    (root / "boxes.csv").write_text("\n".join(lines))
    (tmp_path / "own").mkdir()
    for number in range(7):
        values = np.zeros((40, 60), np.float32)
        values[5, 12 + number] = 1  # inside both
        np.save(tmp_path / "own" / f"i{number}_Edema.npy", values)
    return root


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_benchmark_has_a_row_of_one_reader(dataset, tmp_path):
    out = tmp_path / "out"
    done = run(
        *("benchmark", "--maps", f"own={tmp_path / 'own'}", "--source", "csv", "--root", dataset, "--out", out),
        *("--readers", "majority", "--no-figures", "--no-ceilings", "--processes", 1),
    )
    assert done.exit_code == 0, done.output
    assert "Truth: majority of the readers." in done.output
    rows = {(row["method"], row["finding"]): row for row in read(out / "summary.csv")}
    assert float(rows["own", "Edema"]["hit_rate"]) == 1
    human = rows["Human ceiling", "Edema"]
    assert (human["n_hit"], float(human["hit_rate"])) == ("7", 0)  # the majority of the other two is one's own nothing
    assert float(human["miou_all"]) == 0


def test_maps_of_cases_that_the_reader_did_not_read_are_scored_in_no_row(dataset, tmp_path):
    """A map that is R1's box scores 1 on the two radiographs that R1 read, also where others are not his to judge."""
    lines = (dataset / "boxes.csv").read_text().splitlines()
    kept = [line for line in lines if not (line.endswith("R1") and line[:2] not in ("i0", "i1"))]
    (dataset / "boxes.csv").write_text("\n".join(kept))
    for number in range(7):
        values = np.zeros((40, 60), np.float32)
        values[:20, :20] = 1
        np.save(tmp_path / "own" / f"i{number}_Edema.npy", values)
    out = tmp_path / "out"
    done = run(
        *("benchmark", "--maps", f"own={tmp_path / 'own'}", "--source", "csv", "--root", dataset, "--out", out),
        *("--readers", "R1", "--protocol", "fixed", "--no-figures", "--processes", 1),
    )
    assert done.exit_code == 0, done.output
    assert "5 cases that R1 did not read left out" in done.output and "without a mask entry" not in done.output
    rows = {row["method"]: row for row in read(out / "summary.csv") if row["finding"] == "Edema"}
    assert (rows["own"]["n_all"], float(rows["own"]["miou_all"])) == ("2", 1)
    assert {row["n_all"] for row in rows.values()} == {"2"} and len(rows) > 3  # floors and the human ceiling, too
    assert {row["case"] for row in read(out / "per_case.csv")} == {"i0", "i1"}
    truth, _ = TruthSource("csv", dataset, readers="R1").masks()
    setup = Setup((find_own_maps("own", tmp_path / "own"),), "paper")
    assert curves_of_cohort(setup, truth, {}).cases == ("i0", "i1")  # what the tab Benchmark counts


def test_tables_of_agreement(dataset, tmp_path):
    out = tmp_path / "out"
    done = run(
        *("readers", "--source", "csv", "--root", dataset, "--out", out, "--against", "union"),
        *("--bootstrap", 50, "--processes", 1),
    )
    assert done.exit_code == 0, done.output
    pairs = read(out / "agreement.csv")
    assert len(pairs) == 7 * 3 and {(row["reader"], row["other"]) for row in pairs} == {
        ("R1", "R2"),
        ("R1", "R3"),
        ("R2", "R3"),
    }
    (line,) = read(out / "summary.csv")
    assert (line["finding"], line["cases"], line["pairs"], line["pairs_both"]) == ("Edema", "7", "21", "7")
    assert float(line["iou"]) == pytest.approx(1 / 9) and float(line["iou_both"]) == pytest.approx(1 / 3)
    assert float(line["ceiling_hit"]) == pytest.approx(1 / 3)
    assert (line["agreed_n"], line["hit_n"], line["ceiling_hit_n"], line["ceiling_iou_tp_n"]) == ("7",) * 4
    assert line["agreed_interval"] == "percentile bootstrap"  # of three readers it is 1/3, and no rate
    assert (out / "summary.parquet").exists()
    assert len(read(out / "ceiling.csv")) == 7
    assert "7 cases of several readers" in done.output


def test_what_a_word_means_may_be_said(dataset, tmp_path):
    """Of readers, of the report and of classification alike: one word of a dataset becomes another finding."""
    (tmp_path / "own.yaml").write_text("Edema: Pneumonia\nEdemma: Pneumonia\n")
    given = ("--source", "csv", "--root", dataset, "--mapping", tmp_path / "own.yaml", "--out", tmp_path / "out")
    done = run("readers", *given, "--bootstrap", 0, "--processes", 1)
    assert done.exit_code == 0 and "the mapping's 'Edemma' is none of the labels" in done.output
    assert [row["finding"] for row in read(tmp_path / "out" / "summary.csv")] == ["Pneumonia"]


def test_a_dataset_without_readers_is_named(dataset, tmp_path):
    (dataset / "boxes.csv").write_text("image_id,label,x_min,y_min,x_max,y_max\ni1,Edema,1,2,3,4\n")
    with pytest.raises(InputError, match="several people read in csv, found none"):
        run("readers", "--source", "csv", "--root", dataset, "--out", tmp_path / "out")
