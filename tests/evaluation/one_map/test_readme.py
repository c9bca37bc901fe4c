"""The README's table of one phantom against what its command writes."""

import csv
import re
import shlex
from pathlib import Path

import pytest

from tests.evaluation.commands.test_benchmark import call

README = (Path(__file__).parents[3] / "evaluation" / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("## Many methods, one map") : README.index("## On the bundled phantoms")]
LINES = [[cell.strip() for cell in line.strip("|").split("|")] for line in SECTION.splitlines() if line.startswith("|")]
COLUMNS = ("strongest", "difference", "ranks", "error/shapley", "unaccounted/occlusion", "unaccounted/surrogate")


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> dict[tuple[str, str], float]:
    """What the command writes of its first case, by metric and setting."""
    (command,) = re.findall(r"python -m evaluation (.*?) --out DIR", SECTION)
    out = tmp_path_factory.mktemp("one_map")
    words = shlex.split(command.replace("--limit 4", "--limit 1"))
    assert call(*words, "--out", out, "--no-figures", "--bootstrap", 0) == 0
    with (out / "cases.csv").open(newline="") as file:
        return {(row["metric"], row["setting"]): float(row["value"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize("row", LINES[2:4], ids=lambda row: row[2])
def test_the_rows_of_the_first_phantom_are_what_the_command_writes(row, measured):
    _, _, model, *cells = row
    for column, cell in zip(COLUMNS, cells, strict=True):
        if column == "ranks":
            found = [measured["lowest_rank", model], measured["highest_rank", model]]
            assert [float(number) for number in cell.split(" to ")] == pytest.approx(found, abs=0.006)
            continue
        metric, _, way = column.partition("/")
        value, said = measured[metric, f"{model}, {way}" if way else model], float(cell)
        if said < 1e-3:  # rounding, which differs between machines
            assert value < 1e-4, column
        else:
            assert value == pytest.approx(said, abs=0.02), column
    passes = int(re.findall(r"# (\d+) passes", SECTION)[0])
    assert measured["passes", model] <= passes
