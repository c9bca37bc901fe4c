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
FLAGS = {"medicalpatchnet": "--patchnet demo", "cnn": "--cnn demo"}
COLUMNS = ("strongest", "difference", "ranks", "error/shapley", "unaccounted/occlusion", "unaccounted/surrogate")


def measured(model: str, finding: str, out: Path) -> dict[tuple[str, str], float]:
    """What the command writes of its first case and one of its models, by metric and setting."""
    (command,) = re.findall(r"python -m evaluation (.*?) --out DIR", SECTION)
    (other,) = {"--patchnet demo", "--cnn demo"} - {FLAGS[model]}
    words = shlex.split(command.replace("--limit 4", "--limit 1").replace(other, ""))
    assert call(*words, "--findings", finding, "--out", out, "--no-figures", "--bootstrap", 0) == 0
    with (out / "cases.csv").open(newline="") as file:
        return {(row["metric"], row["setting"]): float(row["value"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    "row", [pytest.param(LINES[2], id=LINES[2][2]), pytest.param(LINES[3], id=LINES[3][2], marks=pytest.mark.thorough)]
)
def test_the_rows_of_the_first_phantom_are_what_the_command_writes(row, tmp_path):
    _, finding, model, *cells = row
    found_in = measured(model, finding, tmp_path)
    for column, cell in zip(COLUMNS, cells, strict=True):
        if column == "ranks":
            found = [found_in["lowest_rank", model], found_in["highest_rank", model]]
            assert [float(number) for number in cell.split(" to ")] == pytest.approx(found, abs=0.006)
            continue
        metric, _, way = column.partition("/")
        value, said = found_in[metric, f"{model}, {way}" if way else model], float(cell)
        if said < 1e-3:  # rounding, which differs between machines
            assert value < 1e-4, column
        else:
            assert value == pytest.approx(said, abs=0.02), column
    passes = int(re.findall(r"# (\d+) passes", SECTION)[0])
    assert found_in["passes", model] <= passes
