"""Two folders of results against one another."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import blob, smooth, write_masks, write_own

CASES = [f"patient{k}_study1_view1_frontal" for k in range(12)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Results of a method and of a second version of it, on the same masks."""
    folder = tmp_path_factory.mktemp("runs")
    masks = {case: {"Edema": blob(k)} for k, case in enumerate(CASES)}
    write_masks(folder / "gt.json", masks)
    for version in ("old", "new"):
        for k, case in enumerate(CASES):
            for j, finding in enumerate(("Edema", "Cardiomegaly")):
                write_own(
                    folder / f"{version}_maps",
                    case,
                    finding,
                    smooth(len(version) + 10 * k + j + (version < "o"), (9, 12)),
                )
        scored(folder, version)
    return folder


def scored(folder, version, *more, name="mine", out=None):
    maps = ("--maps", f"{name}={folder / f'{version}_maps'}", "--ground-truth", folder / "gt.json")
    rest = ("--no-figures", "--no-ceilings", "--no-floors", "--processes", 1, "--bootstrap", 20)
    assert call("benchmark", *maps, "--out", folder / (out or version), *rest, *more) == 0


def edema(folder, version, metric):
    table = pd.read_csv(folder / version / "per_case.csv")
    rows = table[(table["method"] == "mine") & (table["finding"] == "Edema")]
    return rows.set_index("case")[metric].loc[CASES].to_numpy()


def test_differences_are_paired_and_tested(runs, capsys):
    assert call("compare", runs / "new", runs / "old", "--out", runs / "found.csv") == 0
    said = capsys.readouterr().out
    assert "Not the same: maps of mine: not the same (" in said and "ground_truth" not in said
    table = pd.read_csv(runs / "found.csv")
    pd.testing.assert_frame_equal(pd.read_parquet(runs / "found.parquet"), table, check_dtype=False)
    for metric in ("hit", "iou_tp", "iou_all"):
        (row,) = table[(table["finding"] == "Edema") & (table["metric"] == metric)].to_dict("records")
        paired = edema(runs, "new", metric) - edema(runs, "old", metric)
        assert row["difference"] == pytest.approx(paired.mean(), rel=1e-12)
        expected = stats.permutation_test((paired,), np.sum, permutation_type="samples", n_resamples=np.inf).pvalue
        assert row["p"] == pytest.approx(expected, rel=1e-12)
        assert row["p_holm"] >= row["p"]
    assert "| mine (new, first) | mine (old, second) | Hit rate |" in said


def test_the_same_run_twice_differs_in_nothing(runs, capsys):
    shutil.copytree(runs / "new", runs / "again", dirs_exist_ok=True)
    assert call("compare", runs / "new", runs / "again", "--out", runs / "none.csv") == 0
    assert "All inputs and settings are the same." in capsys.readouterr().out
    table = pd.read_csv(runs / "none.csv")
    known = table[table["n"] > 0]
    assert set(known["difference"]) == {0} and set(known["p"].dropna()) == {1}


def test_other_masks_settings_and_names_are_said(runs, capsys):
    masks = json.loads((runs / "gt.json").read_text())
    (runs / "gt.json").write_text(json.dumps(masks, indent=1))
    scored(runs, "old", "--missing", "own", name="other", out="own")
    assert call("compare", runs / "new", runs / "own") == 0
    said = capsys.readouterr().out
    for part in ("ground_truth: not the same", "missing: miss and own", "maps of mine: only in new", "| other (own"):
        assert part in said


@pytest.mark.parametrize(
    "spoil", [lambda f: (f / "per_case.csv").unlink(), lambda f: (f / "manifest.json").write_text("[")]
)
def test_what_is_no_run_is_named(runs, tmp_path, capsys, spoil):
    shutil.copytree(runs / "new", tmp_path / "spoilt")
    spoil(tmp_path / "spoilt")
    assert call("compare", runs / "new", tmp_path / "spoilt") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: ") and ("Expected a folder that" in line or "manifest.json" in line)


def test_runs_without_a_common_method_are_named(runs, capsys):
    scored(runs, "old", "--maps", f"third={runs / 'new_maps'}", name="other", out="two")
    assert call("compare", runs / "new", runs / "two") == 1
    assert "give methods that are to be compared the same NAME" in capsys.readouterr().err


def test_what_only_one_run_has_is_counted(runs, capsys):
    """Three cases' maps are taken from the second run, and with `own` they have no value there."""
    fewer = runs / "fewer_maps"
    shutil.copytree(runs / "new_maps", fewer)
    for case in CASES[:3]:
        shutil.rmtree(fewer / case)
    scored(runs, "new", out="all")
    scored(runs, "fewer", "--missing", "own", out="own")
    capsys.readouterr()
    assert call("compare", runs / "all", runs / "own") == 0
    said = capsys.readouterr().out
    assert "mine, hit: 9 values in both runs compared; left out: 3 that only all has and 0 that only own" in said
    assert call("compare", runs / "all", runs / "all") == 0
    assert "Left out" not in capsys.readouterr().out
