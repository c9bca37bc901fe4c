"""The README's table on the bundled phantoms against what its own command writes."""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Container
from pathlib import Path

import pytest

from explainers.registry import EXPLAINERS

ROOT = Path(__file__).parents[2]
README = (ROOT / "evaluation" / "README.md").read_text(encoding="utf-8")
METRICS = {
    "hit rate": ("hit_rate", "hit_low", "hit_high"),
    "mIoU, TP only": ("miou_tp", "miou_tp_low", "miou_tp_high"),
    "mIoU, TP+FP+FN": ("miou_all", "miou_all_low", "miou_all_high"),
}
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


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the section's command writes, without its figures."""
    out = tmp_path_factory.mktemp("readme") / "results"
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
    return out


@pytest.fixture(scope="module")
def means(written: Path) -> dict[str, dict[str, str]]:
    """The rows Mean of summary.csv, by method."""
    with (written / "summary.csv").open(newline="") as file:
        return {row["method"]: row for row in csv.DictReader(file) if row["finding"] == "Mean"}


def test_every_skill_is_what_the_command_writes(written, means):
    with (written / "skill.csv").open(newline="") as file:
        found = {(row["method"], row["metric"]): row for row in csv.DictReader(file) if row["finding"] == "Mean"}
    said = cells(SKILLS)
    assert len(said) >= 3 * 9 - 4  # three scores of nine rows, but for what two floors leave open
    for title, column, (number,) in said:
        row = found[method_called(title, list(means)), SKILLS[column]]
        assert number == f"{float(row['skill']):.3f}".replace("-", "−"), (title, column)


def test_floors_are_in_the_table(means):
    rows = {row for row, _, _ in cells()}
    assert {name for name in means if name.startswith("Floor: ")} <= rows


def test_every_number_of_the_table_is_what_the_command_writes(means):
    found = cells()
    assert len(found) >= 15  # three metrics of five methods
    wrong = []
    for side, other, numbers in found:
        metric, title = (side, other) if side in METRICS else (other, side)
        row = means[method_called(title, list(means))]
        written = [f"{float(row[name]):.3f}" for name in METRICS[metric][: len(numbers)]]
        if numbers != written:
            wrong.append((metric, title, numbers, written))
    assert not wrong
