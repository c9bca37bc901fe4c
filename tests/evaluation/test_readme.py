"""The README's table on the bundled phantoms against what its own command writes."""

import csv
import os
import re
import subprocess
import sys
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
SECTION = README[README.index("## On the bundled phantoms") :]
NUMBERS = re.compile(r"[−-]?\d\.\d{3}")


def cells() -> list[tuple[str, str, list[str]]]:
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
    return [cell for cell in found if {cell[0], cell[1]} & set(METRICS) and cell[2]]


def method_called(title: str, methods: list[str]) -> str:
    """The method that a title of a table means: its name, or that of whose label begins so."""
    if title in methods:
        return title
    exact = [name for name in methods if name in EXPLAINERS and EXPLAINERS[name].label == title]
    (found,) = exact or [n for n in methods if n in EXPLAINERS and EXPLAINERS[n].label.startswith(f"{title} ")]
    return found


@pytest.fixture(scope="module")
def means(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The rows Mean of what the section's command writes, without its figures, by method."""
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
    with (out / "summary.csv").open(newline="") as file:
        return {row["method"]: row for row in csv.DictReader(file) if row["finding"] == "Mean"}


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
