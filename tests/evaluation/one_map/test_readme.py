"""The README's table of one phantom against what its command writes."""

import csv
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from data_cache.demo import bundled_cases
from data_cache.findings import FINDINGS
from data_cache.images import preprocess
from evaluation.one_map.comparing import price
from explainers.model_run import ModelRun
from models.predictor import load_predictor
from tests.evaluation.commands.test_benchmark import call

README = (Path(__file__).parents[3] / "evaluation" / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("## Many methods, one map") : README.index("## On the bundled phantoms")]
LINES = [[cell.strip() for cell in line.strip("|").split("|")] for line in SECTION.splitlines() if line.startswith("|")]
PASSES = int(re.findall(r"# (\d+) passes", SECTION)[0])
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


def test_the_largest_share_and_the_passes_are_those_of_the_patches():
    """Of the first phantom: (z − z of the filler) / n by hand, patches cut with slices; and the price of all ways."""
    _, finding, key, strongest, *_ = LINES[2]
    model, case = load_predictor("demo", key, "torch-cpu"), bundled_cases()[0]
    image, geometry = preprocess(case.read(), model.info.architecture.input_size)
    side = model.patch_size
    starts = range(0, len(image), side)
    cut = [image[row : row + side, column : column + side] for row in starts for column in starts]
    filler = np.full((side, side), image.mean(dtype=np.float64), np.float32)
    *logits, empty = model.patch_logits(np.stack([*cut, filler]))[:, FINDINGS.index(finding)].astype(float)
    assert np.abs(np.array(logits) - empty).max() / len(logits) == pytest.approx(float(strongest), abs=0.02)
    assert price(ModelRun(image, geometry, model)) - 2 == PASSES  # without those of the whole image and of the filler


@pytest.mark.thorough
@pytest.mark.parametrize("row", [pytest.param(row, id=row[2]) for row in LINES[2:4]])
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
    assert found_in["passes", model] <= PASSES
