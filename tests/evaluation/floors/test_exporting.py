"""The prior as maps: loaded again they score as the floor does."""

import json

import numpy as np
import pytest

from evaluation.floors import PRIOR
from tests.evaluation.commands.test_benchmark import call, table
from tests.evaluation.making import blob, smooth, write_masks, write_own

SIZE = (130, 170)
TEST = [f"patient{k}_study{s}_view1_frontal" for k in range(7) for s in (1, 2)]
VAL = [f"patient{k}_study1_view1_frontal" for k in range(20, 26)]


@pytest.fixture
def files(tmp_path):
    for name, cases in (("test", TEST), ("val", VAL)):
        drawn = {case: {"Edema": blob(sum(map(ord, case)), SIZE)} for case in cases}
        for case in cases[::3]:
            drawn[case]["Cardiomegaly"] = blob(len(case), SIZE)
        write_masks(tmp_path / f"{name}.json", drawn, SIZE)
    for case in TEST:
        write_own(tmp_path / "maps", case, "Edema", smooth(1, (9, 9)))
    return tmp_path


def scores(path, method, finding):
    rows = [row for row in table(path / "per_case.csv") if (row["method"], row["finding"]) == (method, finding)]
    return {row["case"]: (row["hit"], row["iou_tp"]) for row in rows}


@pytest.mark.parametrize("tuned", [True, False])
def test_loaded_as_heat_maps_they_score_as_the_floor(files, tuned):
    truth = ("--ground-truth", files / "test.json")
    known = ("--tune-ground-truth", files / "val.json") if tuned else ()
    assert call("prior", *truth, *known, "--out", files / "prior") == 0
    made = json.loads((files / "prior" / "manifest.json").read_text())
    threshold = made["findings"]["Edema"][-1].get("threshold")
    tuning = ("--tune-on", f"mine={files / 'maps'}", *known) if tuned else ()
    small = ("--no-figures", "--processes", 1, "--bootstrap", 0, "--no-ceilings")
    if tuned:  # the same masks to make the floor of need maps beside them
        for case in VAL:
            write_own(files / "maps", case, "Edema", smooth(1, (9, 9)))
    assert call("benchmark", "--maps", f"mine={files / 'maps'}", *truth, *tuning, "--out", files / "a", *small) == 0
    fixed = ("--protocol", "fixed", "--threshold", threshold, "--no-floors")
    assert call("benchmark", "--maps", f"prior={files / 'prior'}", *truth, "--out", files / "b", *small, *fixed) == 0
    floor, loaded = scores(files / "a", PRIOR, "Edema"), scores(files / "b", "prior", "Edema")
    if tuned:
        assert {case: loaded[case] for case in TEST} == {case: floor[case] for case in TEST}
    else:  # each fold has a threshold of its own
        assert [loaded[case][0] for case in TEST] == [floor[case][0] for case in TEST]


def test_the_manifest_says_what_it_was_made_of(files):
    known = ("--tune-ground-truth", files / "val.json")
    assert call("prior", "--ground-truth", files / "test.json", *known, "--out", files / "prior") == 0
    made = json.loads((files / "prior" / "manifest.json").read_text())
    assert made["folds_by_patient"] == 0 and made["alignment"] == "paper"
    assert [made["findings"][finding][0]["masks"] for finding in ("Edema", "Cardiomegaly", "Pneumothorax")] == [6, 2, 0]
    assert made["maps"] == len(list((files / "prior").glob("*/*.npz"))) == 2 * len(TEST)
    assert made["inputs"]["tuning_ground_truth"]["name"] == "val.json"


def test_in_aligned_alignment_the_map_covers_the_whole_radiograph(files):
    arguments = ("--ground-truth", files / "test.json", "--alignment", "aligned", "--out", files / "prior")
    assert call("prior", *arguments) == 0
    found = np.load(files / "prior" / TEST[0] / "Edema.npz")["map"]
    assert found.shape == SIZE and found[:, :20].max() == found[:, -20:].max() == found.min()
    assert found[:, 20:-20].max() > found.min()


def test_without_other_patients_there_is_no_prior(tmp_path, capsys):
    write_masks(tmp_path / "one.json", {TEST[0]: {"Edema": blob(1, SIZE)}}, SIZE)
    assert call("prior", "--ground-truth", tmp_path / "one.json", "--out", tmp_path / "prior") == 1
    assert "there is no prior" in capsys.readouterr().err
