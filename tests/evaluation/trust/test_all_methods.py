"""The README's trust table of all methods against its cases' numbers, and these against the command for one method."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.__main__ import app
from evaluation.trust.base import Measured
from evaluation.trust.run import Row
from evaluation.trust.summary import summarise, verdicts

README = (Path(__file__).parents[3] / "evaluation" / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("### All methods") : README.index("The same of the four further families")]
TABLE = dict(re.findall(r"^\| `(\S+)` \| (.+) \|$", SECTION, re.MULTILINE))
NUMBERS = Path(__file__).with_name("all_methods.csv")  # of what the section's command writes to cases.csv
PRINTED = (
    *(("perturbation", "deletion", ""), ("perturbation", "insertion", ""), ("attended", "difference", "")),
    *(("stability", "stability", "shift 0.015625"), ("stability", "stability", "noise 0.03")),
    ("sanity", "rank", "conv_stem"),
)


def rows_of(line: dict[str, str]) -> Iterator[Row]:
    who = (line["method"], line["case"], line["patient"], line["finding"])
    for name, value in line.items():
        if "/" in name and value:
            check, metric, setting = name.split("/")
            yield Row(check, *who, Measured(metric, float(value), setting))


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with NUMBERS.open(newline="") as file:
        return [row for line in csv.DictReader(file) for row in rows_of(line)]


def table_of(rows: list[Row]) -> dict[str, str]:
    """The table's rows by method, as they stand in the README."""
    found: dict[str, dict[tuple[str, str, str], str]] = {}
    for one in summarise(rows):
        numbers = f"{one.mean:.3f} ({one.interval.low:.3f}–{one.interval.high:.3f})".replace("-", "−")
        found.setdefault(one.method, {})[one.check, one.metric, one.setting] = numbers
    failed: dict[str, list[str]] = {method: [] for method in found}
    for check, method, verdict in verdicts(rows):
        if not verdict.passed and check != "shortcut":  # which is about the model
            failed[method].append(check)
    return {
        method: " | ".join([*(cells[one] for one in PRINTED), ", ".join(failed[method]) or "–"])
        for method, cells in found.items()
    }


def test_the_table_is_that_of_the_cases_numbers(rows: list[Row]) -> None:
    assert table_of(rows) == TABLE


def test_the_cases_numbers_are_what_the_command_writes(rows: list[Row], tmp_path: Path) -> None:
    few = ("--methods", "gradcam", "--checks", "attended", "--limit", "1", "--bootstrap", "0", "--no-figures")
    done = CliRunner().invoke(app, ["trust", "--cnn", "demo", *few, "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    with (tmp_path / "cases.csv").open(newline="") as file:
        found = {line["method"]: line for line in csv.DictReader(file) if line["metric"] == "difference"}
    for row in rows:
        if row.method in found and row.case == found[row.method]["case"] and row.check == "attended":
            assert float(found.pop(row.method)["value"]) == pytest.approx(row.measured.value, abs=1e-4)
    assert not found
