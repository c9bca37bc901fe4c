"""What was shown masks stands apart: nothing that is said of the others changes when it is there."""

import csv
from pathlib import Path

import numpy as np
import pytest

from data_cache.findings import FINDINGS
from evaluation.report.figure_data import ranks_of
from evaluation.report.tables import COMPARATORS
from evaluation.results import MEAN, Results
from tests.evaluation.commands.test_benchmark import call
from tests.evaluation.making import blob, smooth, write_masks, write_outputs
from tests.evaluation.test_skill import rows

CASES = [f"patient{k}_study1_view1_frontal" for k in range(6)]
WEAK, SHOWN = ["gradcam", "eigencam"], "segmentation"


def maps_of(seed: int, masks: dict[str, np.ndarray]) -> np.ndarray:
    """Maps (14, 16, 16), of a segmentation near the masks."""
    maps = np.stack([smooth(seed + k, (16, 16)) for k in range(len(FINDINGS))])
    for finding, mask in masks.items():
        part = mask[:, 12:72].reshape(15, 4, 15, 4).mean(axis=(1, 3))  # the central square of 60×84
        maps[FINDINGS.index(finding)] = np.pad(part, ((0, 1), (0, 1)))
    return maps - maps.min()


@pytest.fixture(scope="module")
def scored(tmp_path_factory) -> dict[str, Path]:
    """The benchmark of two methods, and of the same with a segmentation beside them."""
    folder = tmp_path_factory.mktemp("comparators")
    masks = {case: {"Edema": blob(k), "Cardiomegaly": blob(k + 50)} for k, case in enumerate(CASES)}
    truth = write_masks(folder / "truth.json", masks)
    for k, case in enumerate(CASES):
        for name in (*WEAK, SHOWN):
            shown = masks[case] if name == SHOWN else {}
            write_outputs(folder / "maps", case, name, maps_of(100 * k + len(name), shown))
    found = {}
    for out, names in (("without", WEAK), ("with", [*WEAK, SHOWN])):
        words = [f"{name}={folder / 'maps'}" for name in names]
        options = ("--bootstrap", 20, "--processes", 1, "--no-figures", "--no-ceilings", "--out", folder / out)
        assert call("benchmark", "--maps", *words, "--ground-truth", truth, *options) == 0
        found[out] = folder / out
    return found


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["differences.csv", "skill.csv", "regression.csv", "summary.csv", "details.csv"])
def test_it_changes_nothing_that_is_said_of_the_others(scored, name) -> None:
    without, beside = (table(scored[key] / name) for key in ("without", "with"))
    assert without
    assert [line for line in beside if line["method"] != SHOWN] == without
    assert any(line["method"] == SHOWN for line in beside) == (name not in ("differences.csv", "regression.csv"))


def test_it_has_tables_of_its_own_and_no_rank(scored, capsys) -> None:
    summary = (scored["with"] / "summary.md").read_text()
    assert summary.count(f"**{COMPARATORS}.**\n\n| Finding | {SHOWN} |") == 3
    assert f"| Finding | {SHOWN}, Dice | {SHOWN}, HD95, px |" in summary
    heads = [line for line in summary.splitlines() if line.startswith("| Finding | ") and WEAK[0] in line]
    assert heads and not any(SHOWN in line for line in heads)
    said = [line for line in summary.splitlines() if "the best method" in line]
    assert said and said == [
        line for line in (scored["without"] / "summary.md").read_text().splitlines() if "the best method" in line
    ]
    assert (scored["with"] / "summary.tex").read_text().count(r"\begin{tabular}") == 2
    assert COMPARATORS not in (scored["without"] / "summary.md").read_text()


def test_dice_and_the_distance_of_outlines_are_said_of_it(scored) -> None:
    lines = table(scored["with"] / "details.csv")
    mine = [line for line in lines if line["method"] == SHOWN and line["finding"] in ("Edema", "Cardiomegaly")]
    ious = {
        (line["finding"], line["case"]): line["iou_tp"]
        for line in table(scored["with"] / "per_case.csv")
        if line["method"] == SHOWN and line["iou_tp"]
    }
    assert len(mine) == 2 * len(CASES)
    for line in mine:
        iou = float(ious.get((line["finding"], line["case"]), 0))
        assert float(line["dice"]) == pytest.approx(2 * iou / (1 + iou), rel=1e-9)
        assert (line["hd95"] == "") == (iou == 0)  # a map that is blank marks nothing
        assert line["hd95"] == "" or float(line["hd95"]) > 0
    assert all(line["hd95"] == "" for line in lines if line["method"] in WEAK)


def test_differences_leave_it_out() -> None:
    made = [row for name in (*WEAK, SHOWN) for row in rows(name, {"Edema": np.linspace(0, 1, 12) ** len(name)})]
    alone = Results.of(made, [*WEAK, SHOWN], ("Edema",), comparators=[SHOWN])
    assert {(one.method, one.other) for one in alone.differences(20, 0, "patient")} == {tuple(WEAK)}
    ranked, beside = alone.apart()
    assert (ranked.methods, ranked.comparators) == (tuple(WEAK), frozenset())
    assert beside is not None
    assert (beside.methods, beside.comparators) == ((SHOWN,), frozenset({SHOWN}))
    assert {row.method for row in beside.rows} == {SHOWN}
    every, some = alone.estimates(20, 0, "patient"), beside.estimates(20, 0, "patient")
    assert some[SHOWN, MEAN, "hit"] == every[SHOWN, MEAN, "hit"]
    assert ranked.apart() == (ranked, None)
    ranks = ranks_of(alone, every, "hit")
    np.testing.assert_array_equal(ranks[:2], ranks_of(ranked, every, "hit"))
    assert np.isnan(ranks[2]).all()
