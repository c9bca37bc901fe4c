"""The README's table of all methods against what its command writes, for the methods that cost least."""

import csv
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.__main__ import app as evaluation
from explainers.__main__ import app as explainers
from explainers.pairs import pair_of_name
from explainers.registry import EXPLAINERS

ROOT = Path(__file__).parents[2]
README = (ROOT / "evaluation" / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("## All methods on the bundled cases") : README.index("## On the bundled phantoms")]
ROWS = dict(re.findall(r"^\| `(\S+)` \| (.+) \|$", SECTION, re.MULTILINE))
FEW = ("raw", "gradcam")
METRICS = ("hit_rate", "miou_tp", "miou_all")


def test_every_method_that_the_demonstration_models_give_has_a_row() -> None:
    pairs = [pair_of_name(name) for name in ROWS]
    assert {pair.method for pair in pairs if pair} == set(re.findall(r"\(`([^`]+)`\)", _alike()))
    assert {pair.model for pair in pairs if pair} == {"medicalpatchnet", "cnn"}


def _alike() -> str:
    """The tables' first columns of the page what is alike, which is about the same models and cases."""
    text = (ROOT / "evaluation" / "ALIKE.md").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^\| \d+ \| (.+?) \|", text, re.MULTILINE))


@pytest.fixture(scope="module")
def means(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The rows Mean of what the section's commands write for a few of the methods, without intervals."""
    folder = tmp_path_factory.mktemp("all")
    out, found = str(folder / "out"), folder / "found"
    weights = ("--patchnet", "demo", "--cnn", "demo", "--methods", ",".join(FEW), "--out", out)
    done = CliRunner().invoke(explainers, ["run", "--source", "demo", "--split", "test", *weights])
    assert done.exit_code == 0, done.output
    maps = [word for name in FEW for word in ("--maps", f"{name}={out}")]
    truth = str(ROOT / "data_cache" / "demo" / "CheXlocalize" / "gt_segmentations_test.json")
    rest = ("--ground-truth", truth, "--no-ceilings", "--no-figures", "--no-floors", "--bootstrap", "0")
    done = CliRunner().invoke(evaluation, ["benchmark", *maps, *rest, "--processes", "1", "--out", str(found)])
    assert done.exit_code == 0, done.output
    with (found / "summary.csv").open(newline="") as file:
        return {row["method"]: row for row in csv.DictReader(file) if row["finding"] == "Mean"}


@pytest.mark.parametrize("name", FEW)
def test_a_row_is_what_the_commands_write(name: str, means: dict[str, dict[str, str]]) -> None:
    said = [re.match(r"\d\.\d{3}", cell.strip()) for cell in ROWS[name].split("|")]
    assert [one.group() for one in said if one] == [f"{float(means[name][metric]):.3f}" for metric in METRICS]
    assert name in EXPLAINERS
