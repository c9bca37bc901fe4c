"""Anatomy of a cohort: by case, of the masks' size, and in the benchmark's tables."""

import csv

import numpy as np
import pytest
from typer.testing import CliRunner

from data_cache.masks import Rle
from evaluation.__main__ import app
from evaluation.truth.anatomy import KnownAnatomy
from evaluation.truth.ground_truth import Masks
from tests.data_cache.test_anatomy import HEART, LEFT, RIGHT, region, row, write

EMPTY = region(slice(0, 0), slice(0, 0))


def truth(*cases, size=(30, 20)):
    return Masks({case: {"Edema": Rle.encode(np.ones(size, bool))} for case in cases})


def test_organs_are_those_of_the_table(tmp_path):
    rows = [row("a.png"), row("b.png", 0.5), row("c.png", masks=(LEFT, RIGHT, EMPTY)), row("d.png", size=(20, 30))]
    found = KnownAnatomy.read(write(tmp_path / "t.csv", rows), truth("a", "b", "c", "d", "e"))
    assert list(found.cases) == ["a"]
    np.testing.assert_array_equal(found.cases["a"]["lungs"].decode(), LEFT | RIGHT)
    np.testing.assert_array_equal(found.cases["a"]["heart"].decode(), HEART)
    assert found.note == "t.csv: the anatomy of 1 of 5 cases is known, 1 are of a quality below 0.7."
    assert [problem.subject for problem in found.problems] == ["c", "d"]
    assert "found 30×20" in found.problems[1].sentence and "an empty region" in found.problems[0].sentence


def test_the_middle_of_the_lungs_becomes_a_floor(tmp_path):
    """Ten radiographs whose finding is the right lung: the middle between both lungs lies beside it."""
    root = tmp_path / "set"
    root.mkdir()
    lines = ["image_id,label,x_min,y_min,x_max,y_max,image_width,image_height"]
    lines += [f"i{number},Edema,2,3,8,21,20,30" for number in range(10)]
    (root / "boxes.csv").write_text("\n".join(lines))
    (tmp_path / "own").mkdir()
    for number in range(10):
        np.save(tmp_path / "own" / f"i{number}_Edema.npy", RIGHT.astype(np.float32))
    table = write(tmp_path / "t.csv", [row(f"i{number}.png") for number in range(10)])
    done = CliRunner().invoke(
        app,
        [
            *("benchmark", "--maps", f"own={tmp_path / 'own'}", "--source", "csv", "--root", str(root)),
            *("--out", str(tmp_path / "out"), "--anatomy", str(table), "--no-figures", "--processes", "1"),
        ],
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.output
    assert "the anatomy of 10 of 10 cases is known" in done.output
    with (tmp_path / "out" / "summary.csv").open(newline="") as file:
        rows = {(line["method"], line["finding"]): line for line in csv.DictReader(file)}
    (lungs,) = {method for method, _ in rows if "lungs" in method}
    assert float(rows["own", "Edema"]["hit_rate"]) == 1
    assert float(rows[lungs, "Edema"]["hit_rate"]) == pytest.approx(0)
