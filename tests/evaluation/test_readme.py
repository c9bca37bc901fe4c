"""The README's table on the bundled phantoms against the bundled counts, and against what its own command writes."""

import csv
import math
import os
import re
import subprocess
import sys
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from evaluation.bundled_cohort import bundled_curves
from evaluation.cohort.curves import STEPS
from evaluation.cohort.files import unpack
from evaluation.results import MEAN, Results
from evaluation.skill import skills
from explainers.pairs import shown_masks
from explainers.registry import EXPLAINERS
from tests.evaluation.counted import scores

ROOT = Path(__file__).parents[2]
README = (ROOT / "evaluation" / "README.md").read_text(encoding="utf-8")
METRICS = {
    "hit rate": ("hit_rate", "hit_low", "hit_high"),
    "mIoU, TP only": ("miou_tp", "miou_tp_low", "miou_tp_high"),
    "mIoU, TP+FP+FN": ("miou_all", "miou_all_low", "miou_all_high"),
}
KEYS = {"hit rate": "hit", "mIoU, TP only": "iou_tp", "mIoU, TP+FP+FN": "iou_all"}
SKILLS = {"skill in hits": "hit", "skill in mIoU, TP": "iou_tp", "skill in mIoU, all": "iou_all"}
SECTION = README[README.index("## On the bundled phantoms") :]
NUMBERS = re.compile(r"[−-]?\d\.\d{3}")


def cells(columns: Container[str] = METRICS) -> list[tuple[str, str, list[str]]]:
    """Of every cell of the tables of the three metrics: what stands before it, what above it, its numbers."""
    found = []
    head: list[str] = []
    for line in SECTION.splitlines():
        if not line.startswith("|"):
            head = []
            continue
        parts = [part.strip().replace("**", "") for part in line.strip("|").split("|")]
        if not head:
            head = parts
        elif not set(line) <= set("|:- "):
            found += [(parts[0], name, NUMBERS.findall(part)) for name, part in zip(head[1:], parts[1:], strict=True)]
    return [cell for cell in found if (cell[0] in columns or cell[1] in columns) and cell[2]]


def method_called(title: str, methods: list[str]) -> str:
    """The method that a title of a table means: its name, or that of whose label begins so."""
    if title in methods:
        return title
    exact = [name for name in methods if name in EXPLAINERS and EXPLAINERS[name].label == title]
    (found,) = exact or [n for n in methods if n in EXPLAINERS and EXPLAINERS[n].label.startswith(f"{title} ")]
    return found


class Said(NamedTuple):
    """The means of findings: the cells of summary.csv by method and column, and skills by method and metric."""

    means: dict[str, dict[str, float]]
    skills: dict[tuple[str, str], float]


def of_the_command(out: Path) -> Said:
    """What the section's command writes, without its figures."""
    (command,) = [code for code in re.findall(r"```\n(.*?)```", SECTION, re.DOTALL) if "evaluation benchmark" in code]
    assert command.rstrip().endswith("--out RESULTS")
    command = command.rstrip().replace("--out RESULTS", f"--out {out} --no-figures")
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    done = subprocess.run(
        ["bash", "-ec", command],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    columns = [name for names in METRICS.values() for name in names]
    means = {row["method"]: {name: number(row[name]) for name in columns} for row in rows_of_means(out, "summary")}
    return Said(means, {(row["method"], row["metric"]): number(row["skill"]) for row in rows_of_means(out, "skill")})


def rows_of_means(out: Path, name: str) -> list[dict[str, str]]:
    with (out / f"{name}.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["finding"] == MEAN]


def number(text: str) -> float:
    return float(text) if text else math.nan


def of_the_curves() -> Said:
    """What the bundled curves of the same outputs say, which `tests.evaluation.counted` makes scores of."""
    content = bundled_curves("paper")
    assert content is not None
    curves, about = unpack(content)
    columns = {"hit": 0, "iou_tp": STEPS + 1, "iou_all": STEPS + 2}  # with tuned thresholds
    values = [scores(curves, lambda _, metric, __: columns[metric]), curves.floors.transpose(0, 1, 3, 2)]
    results = Results((*curves.methods, *about["floors"]), curves.cases, (), np.concatenate(values))
    best = np.full((1, len(columns), len(curves.cases), len(curves.findings)), np.nan)
    best[0, 1:, curves.pair_case, curves.pair_finding] = curves.ceilings[-1][:, None]
    ceilings = Results(("Ceiling 512×512, paper",), curves.cases, (), best)
    means: dict[str, dict[str, float]] = {method: {} for method in results.methods}
    for (method, finding, metric), one in results.estimates(1000, 0, "patient").items():
        if finding == MEAN:
            names = METRICS[next(title for title, key in KEYS.items() if key == metric)]
            means[method] |= zip(names, (one.value, one.interval.low, one.interval.high), strict=True)
    found = skills(results, ceilings, "paper", 1000, 0, "patient")
    return Said(means, {(one.method, one.metric): one.value for one in found if one.finding == MEAN})


@pytest.fixture(scope="module", params=["curves", pytest.param("command", marks=pytest.mark.thorough)])
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """What the table must hold: at once from the bundled counts, and in a minute from what the command writes."""
    return of_the_curves() if request.param == "curves" else of_the_command(tmp_path_factory.mktemp("readme"))


def test_every_skill_of_the_table_is_that_of_the_outputs(said):
    found = cells(SKILLS)
    assert len(found) >= 3 * 19 - 10  # three scores of 19 rows, but for what five floors leave open
    for title, column, (skill,) in found:
        value = said.skills[method_called(title, list(said.means)), SKILLS[column]]
        assert skill == f"{value:.3f}".replace("-", "−"), (title, column)


def test_floors_and_every_family_are_in_the_tables_and_what_saw_masks_is_apart(said):
    rows = [row for row, _, _ in cells()]
    assert {name for name in said.means if name.startswith("Floor: ")} <= set(rows)
    methods = {method_called(row, list(said.means)) for row in rows if not row.startswith("Floor: ")}
    assert methods == {name for name in said.means if not name.startswith(("Floor: ", "Ceiling"))}
    apart = SECTION[SECTION.index("### Shown the masks") :]
    for name in methods:
        assert (f"| {name} |" in apart) == shown_masks(name)


def test_every_number_of_the_table_is_that_of_the_outputs(said):
    found = cells()
    assert len(found) >= 33  # three metrics of eleven methods
    wrong = []
    for side, other, numbers in found:
        metric, title = (side, other) if side in METRICS else (other, side)
        row = said.means[method_called(title, list(said.means))]
        written = [f"{row[name]:.3f}" for name in METRICS[metric][: len(numbers)]]
        if numbers != written:
            wrong.append((metric, title, numbers, written))
    assert not wrong
