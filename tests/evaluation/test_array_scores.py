"""Scoring arrays from Python gives the command's numbers."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from data_cache.errors import InputError
from data_cache.masks import Rle
from evaluation import score
from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import SIZE, blob, smooth, write_masks, write_own

FINDINGS = ("Cardiomegaly", "Edema")
CASES = {
    split: [f"patient{start + k // 2}_study{k % 2}_view1_frontal" for k in range(count)]
    for split, start, count in (("val", 0, 6), ("test", 50, 18))
}
METHODS = ("one", "two")


@pytest.fixture(scope="module")
def cohort():
    """Maps by split, method, case and finding, and masks; some maps NaN, one missing."""
    maps = {
        split: {
            method: {
                case: {f: smooth(1000 * m + 10 * c + k, (9, 12)) for k, f in enumerate(FINDINGS)}
                for c, case in enumerate(cases)
            }
            for m, method in enumerate(METHODS)
        }
        for split, cases in CASES.items()
    }
    maps["test"]["one"][CASES["test"][3]]["Edema"] = np.full((9, 12), np.nan, np.float32)
    del maps["test"]["two"][CASES["test"][5]]
    masks = {
        split: {
            case: {f: blob(7 * c + k) if (c + k) % 4 else np.zeros(SIZE, bool) for k, f in enumerate(FINDINGS)}
            for c, case in enumerate(cases)
        }
        for split, cases in CASES.items()
    }
    return maps, masks


@pytest.fixture(scope="module")
def folders(cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("folders")
    maps, masks = cohort
    for split, methods in maps.items():
        for method, cases in methods.items():
            for case, found in cases.items():
                for finding, values in found.items():
                    write_own(folder / split / method, case, finding, values)
        write_masks(folder / f"{split}.json", masks[split])
        content = json.loads((folder / f"{split}.json").read_text())
        drawn = {case: {f: found[f] for f in FINDINGS} for case, found in content.items()}
        (folder / f"{split}.json").write_text(json.dumps(drawn))
    return folder


def command(folder, out, *more):
    test = [part for method in METHODS for part in ("--maps", f"{method}={folder / 'test' / method}")]
    truth = ("--ground-truth", folder / "test.json", "--out", folder / out)
    without = ("--no-figures", "--no-floors", "--no-ceilings")  # which arrays have not
    assert call("benchmark", *test, *truth, *without, "--processes", 1, "--bootstrap", 100, *more) == 0
    return folder / out


def tuned(folder):
    val = [part for method in METHODS for part in ("--tune-on", f"{method}={folder / 'val' / method}")]
    return *val, "--tune-ground-truth", folder / "val.json"


def same(found, path, keys):
    """Tables have the same numbers, of the findings and methods that both have."""
    expected = pd.read_csv(path, keep_default_na=False, na_values=[""])
    expected = expected[expected["finding"].isin({*FINDINGS, "Mean"})]
    expected = expected[[all(name in METHODS for name in row) for row in expected[keys].to_numpy()]]
    found = found.replace("", np.nan)
    found = found.astype({column: expected[column].dtype for column in found if found[column].isna().all()})
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected.reset_index(drop=True), check_dtype=False, rtol=0, atol=0
    )


@pytest.mark.parametrize("missing", ["miss", "common", "own"])
def test_untuned_numbers_are_the_commands(cohort, folders, missing):
    maps, masks = cohort
    out = command(folders, f"untuned_{missing}", "--missing", missing)
    found = score(maps["test"], masks["test"], bootstrap=100, missing=missing)
    same(found.summary, out / "summary.csv", ["method"])
    same(found.per_case, out / "per_case.csv", ["method"])
    said = json.loads((out / "manifest.json").read_text())["warnings"]
    assert len(said) == 2 and said[1] in found.warnings  # the first counts the findings that have no masks as well


def test_tuned_numbers_are_the_commands(cohort, folders):
    maps, masks = cohort
    out = command(folders, "tuned", *tuned(folders))
    encoded = {case: {f: Rle.encode(mask) for f, mask in drawn.items()} for case, drawn in masks["test"].items()}
    found = score(maps["test"], encoded, maps["val"], masks["val"], bootstrap=100)
    same(found.summary, out / "summary.csv", ["method"])
    assert any("Protocol medicalpatchnet" in note for note in found.notes)


def test_differences_are_tested_alike(cohort, folders):
    maps, masks = cohort
    out = command(folders, "plain")
    found = score(maps["test"], masks["test"], bootstrap=100).differences
    expected = pd.read_csv(out / "differences.csv")
    expected = expected[expected["finding"].isin({*FINDINGS, "Mean"})]
    np.testing.assert_array_equal(found["p"].to_numpy(), expected["p"].to_numpy())
    assert found["p"].notna().any()


def test_patients_may_be_named(cohort):
    maps, masks = cohort
    one = score(maps["test"], masks["test"], bootstrap=100)
    alone = score(maps["test"], masks["test"], bootstrap=100, patients={case: case for case in masks["test"]})
    few = score(maps["test"], masks["test"], bootstrap=100, patients=dict.fromkeys(masks["test"], "x"))
    means = [found.summary.set_index(["method", "finding"]).loc[("one", "Mean")] for found in (one, alone, few)]
    assert means[0]["miou_all_low"] != means[1]["miou_all_low"]
    assert np.isnan(means[2]["miou_all_low"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda maps, masks: (maps, {case: {"Edema": np.ones(SIZE)} for case in masks}), "mask > 0"),
        (lambda maps, masks: (maps, {case: {"Sarcoidosis": np.ones(SIZE, bool)} for case in masks}), "Sarcoidosis"),
        (lambda maps, masks: (maps, masks, maps), "give both or neither"),
        (lambda maps, masks: ({"one": {"nobody": {"Edema": np.zeros(3)}}}, masks), "nothing to score for one"),
    ],
)
def test_wrong_arrays_are_named(cohort, change, words):
    maps, masks = cohort
    with pytest.raises(InputError, match=words):
        score(*change(maps["test"], masks["test"]))
    with pytest.raises(InputError, match="Expected one of the protocols"):
        score(maps["test"], masks["test"], protocol="mine")


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, evaluation; print(sorted({'torch', 'pandas', 'scipy', 'numba', 'cv2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="no attribute 'scores_of'"):
        import evaluation

        _ = evaluation.scores_of
