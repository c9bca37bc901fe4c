"""Floors and skill in every file that the command writes."""

import json

import numpy as np
import pytest

from evaluation.floors import CENTRE, PRIOR, RANDOM, is_floor
from evaluation.results import MEAN
from tests.evaluation.commands.test_benchmark import call, table
from tests.evaluation.making import blob, smooth, write_masks, write_own

SIZE = (130, 170)
TEST = [f"patient{k}_study1_view1_frontal" for k in range(8)]
VAL = [f"patient{k}_study1_view1_frontal" for k in range(20, 28)]
FLOORS = [RANDOM, CENTRE, PRIOR]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("floors")
    for split, cases in (("test", TEST), ("val", VAL)):
        drawn = {case: {"Edema": blob(int(case[7:].split("_")[0]), SIZE)} for case in cases}
        write_masks(folder / f"{split}.json", drawn, SIZE)
        for k, case in enumerate(cases):
            write_own(folder / split, case, "Edema", smooth(k, (9, 9)))
    return folder


def arguments(folder, out, *further):
    names = ("--maps", f"mine={folder / 'test'}", "--tune-on", f"mine={folder / 'val'}")
    masks = ("--ground-truth", folder / "test.json", "--tune-ground-truth", folder / "val.json")
    small = ("--processes", 1, "--bootstrap", 50, "--out", folder / out)
    return "benchmark", *names, *masks, *small, *further


@pytest.fixture(scope="module")
def out(folder, no_pictures):
    assert call(*arguments(folder, "out")) == 0
    return folder / "out"


@pytest.mark.parametrize(
    "name", ["summary", "per_case", "details", "details_summary", "boxes", "intervals", "undefined"]
)
def test_floors_are_rows_with_the_same_columns(folder, out, name):
    if not (folder / "without").exists():
        assert call(*arguments(folder, "without", "--no-floors", "--no-figures")) == 0
    with_floors, without = table(out / f"{name}.csv"), table(folder / "without" / f"{name}.csv")
    assert list(with_floors[0]) == list(without[0])
    assert [row for row in with_floors if not is_floor(row["method"])] == without
    found = {row["method"] for row in with_floors if is_floor(row["method"])}
    assert found == ({CENTRE, PRIOR} if name in ("details", "details_summary", "boxes") else set(FLOORS))


def test_thresholds_and_differences(out):
    thresholds = {(row["method"], row["finding"]): row["threshold_tp"] for row in table(out / "thresholds.csv")}
    assert thresholds[PRIOR, "Edema"] and (PRIOR, "Pneumothorax") not in thresholds
    pairs = {(row["method"], row["other"]) for row in table(out / "differences.csv")}
    assert pairs == {("mine", floor) for floor in FLOORS}  # floors are not compared among themselves


def test_skill_is_that_of_the_means(out):
    means = {row["method"]: row for row in table(out / "summary.csv") if row["finding"] == "Edema"}
    skill = {(row["method"], row["metric"]): row for row in table(out / "skill.csv") if row["finding"] == "Edema"}
    for metric, column in (("iou_tp", "miou_tp"), ("hit", "hit_rate")):
        floor = max(FLOORS, key=lambda name, column=column: float(means[name][column]))
        low = float(means[floor][column])
        high = 1.0  # maps of the whole radiograph can be perfect
        one = skill["mine", metric]
        assert one["best_floor"] == floor
        assert float(one["skill"]) == pytest.approx((float(means["mine"][column]) - low) / (high - low), rel=1e-12)
        assert float(skill[floor, metric]["skill"]) == 0.0


def test_words_tables_figures_and_manifest(folder, out, capsys):
    text = (out / "summary.md").read_text()
    assert "## Skill" in text and f"| {PRIOR} |" in text and "no tuning masks" in text
    assert PRIOR in (out / "summary.tex").read_text()
    assert PRIOR in (out / "figures" / "iou_by_threshold.html").read_text()
    assert RANDOM in (out / "figures" / "by_finding.html").read_text()
    prior = json.loads((out / "manifest.json").read_text())["location_prior"]
    assert prior["folds_by_patient"] == 0 and prior["findings"]["Edema"][0]["masks"] == len(VAL)
    assert call(*arguments(folder, "again", "--no-figures")) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "findings × methods" in line]
    assert [line.split(":")[0] for line in said] == ["Hit rate", "mIoU, TP only", "mIoU, TP + FP + FN"]


def test_without_floors_nothing_is_said_of_them(folder):
    if not (folder / "without").exists():
        assert call(*arguments(folder, "without", "--no-floors", "--no-figures")) == 0
    assert not (folder / "without" / "skill.csv").exists()
    assert "Skill" not in (folder / "without" / "summary.md").read_text()


def test_masks_to_tune_on_are_for_the_floors_where_there_are_no_maps(folder, out, capsys):
    assert (
        call(
            *(a for a in arguments(folder, "alone", "--no-figures") if a not in ("--tune-on", f"mine={folder / 'val'}"))
        )
        == 0
    )
    said = capsys.readouterr().err
    assert (
        "used by the floors alone" in said and "used by the floors alone" in (folder / "alone/summary.md").read_text()
    )
    tuned, alone = (table(folder / name / "per_case.csv") for name in (out, "alone"))
    assert [row for row in alone if is_floor(row["method"])] == [row for row in tuned if is_floor(row["method"])]
    assert {row["threshold"] for row in alone if row["method"] == "mine"} != {"0.5"}
    assert "used by the floors alone" not in (out / "summary.md").read_text()


@pytest.mark.parametrize("further", [("--no-floors",), ("--tune-split", "val")])
def test_masks_to_tune_on_that_nothing_uses_are_refused(folder, further):
    without = [a for a in arguments(folder, "refused", *further) if a not in ("--tune-on", f"mine={folder / 'val'}")]
    assert call(*without) == 2


def test_a_prior_beside_tuned_methods_says_where_its_validation_maps_come_from(folder, capsys):
    assert call("prior", "--ground-truth", folder / "test.json", "--out", folder / "prior") == 0
    further = ("--maps", f"prior={folder / 'prior'}", "--no-figures")
    assert call(*arguments(folder, "beside", *further)) == 1
    assert "what `evaluation prior` writes with the validation masks as --ground-truth" in capsys.readouterr().err
    assert call("prior", "--ground-truth", folder / "val.json", "--out", folder / "prior_val") == 0
    assert call(*arguments(folder, "beside", *further, "--tune-on", f"prior={folder / 'prior_val'}")) == 0


def test_the_verdict_leaves_out_what_a_prior_is_not_made_of(folder, capsys):
    """A finding that is drawn on nobody scores 0 over TP, FP and FN, and there is no prior of it."""
    maps = folder / "two"
    for k, case in enumerate(TEST):
        for finding in ("Edema", "Lung Lesion"):
            write_own(maps, case, finding, smooth(k, (9, 9)))
    plain = ("--ground-truth", folder / "test.json", "--bootstrap", 20, "--processes", 1, "--no-figures")
    assert call("benchmark", "--maps", f"mine={maps}", *plain, "--out", folder / "drawn_nowhere") == 0
    (said,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("mIoU, TP + FP + FN")]
    assert "Over the findings of which all have a value (without Lung Lesion)" in said
    means = {row["method"]: row for row in table(folder / "drawn_nowhere" / "summary.csv") if row["finding"] == "Edema"}
    best = max(FLOORS, key=lambda floor: float(means[floor]["miou_all"]))
    assert f"mine with {float(means['mine']['miou_all']):.3f}" in said and f"{best} with" in said
    mean = [row for row in table(folder / "drawn_nowhere" / "skill.csv") if row["finding"] == MEAN]
    found = {row["method"]: row["findings_left_out"] for row in mean if row["metric"] == "iou_all"}
    assert {found[name] for name in ("mine", *FLOORS)} == {"Lung Lesion"}


def test_random_is_a_floor_of_the_mean_when_a_prior_is_missing(out):
    mean = next(row for row in table(out / "skill.csv") if (row["method"], row["finding"]) == ("mine", MEAN))
    assert mean["best_floor"] and np.isfinite(float(mean["skill"]))
