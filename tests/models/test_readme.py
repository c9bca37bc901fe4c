"""The README's tables of ablations against the numbers that the command wrote, counted again here."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev

import pytest

import models.training
from evaluation.ablation.plan import Ablation, read_ablation
from evaluation.ablation.scoring import METRICS
from explainers.registry import find_method

TRAINING = Path(models.training.__file__).parent
README = (TRAINING.parent / "README.md").read_text(encoding="utf-8")
SEEDS = "AUROC, each seed"
Key = tuple[str, str, str]  # variant, method, metric


def values_of(name: str) -> dict[Key, list[float]]:
    """Every seed's value, by what it is of; the file's own means and deviations are checked on the way."""
    found = {}
    with (TRAINING / "ablations" / f"{name}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            values = [float(value) for value in row["values"].split(" ")]
            assert int(row["n"]) == len(values)
            said = float(row["mean"]), float(row["sd"])
            assert said == pytest.approx((mean(values), stdev(values)), abs=1e-12)
            found[row["variant"], row["method"], row["metric"]] = values
    return found


def written_in(name: str, ablation: Ablation) -> Iterator[tuple[Key, str]]:
    """Every cell of the table that has something in it, the column of single seeds under the metric `seeds`."""
    keys = {metric.title: metric.key for metric in METRICS} | {SEEDS: "seeds"}
    labels = {variant.label: variant.name for variant in ablation.variants}
    methods = {find_method(key).label: key for key in ablation.methods}
    table = README.partition(f"ablations/{name}.csv")[2].partition("\n| variant |")[2].partition("\n\n")[0]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    titles = [title.rstrip(" ↑↓") for title in head[1:]]
    variant = ""
    for label, method, *cells in rows:
        variant = labels[label] if label else variant
        for title, cell in zip(titles, cells, strict=True):
            if cell:
                of_probabilities = keys[title] in ("auroc", "ece", "seeds")
                yield (variant, "" if of_probabilities else methods[method], keys[title]), cell


@pytest.mark.parametrize("name", ["attention", "distillation"])
def test_tables_of_ablations_are_those_of_the_command(name: str) -> None:
    ablation = read_ablation(TRAINING / "configs" / f"ablation-{name}.yaml")
    values = values_of(name)
    expected = {key: f"{mean(found):.3f} ± {stdev(found):.3f} ({len(found)})" for key, found in values.items()}
    expected |= {
        (variant, method, "seeds"): ", ".join(f"{value:.3f}" for value in found)
        for (variant, method, metric), found in values.items()
        if metric == "auroc"
    }
    assert {len(found) for found in values.values()} == {len(ablation.seeds)}
    assert {key[0] for key in values} == {variant.name for variant in ablation.variants}
    assert dict(written_in(name, ablation)) == expected
    said = re.search(rf"ablations/{name}\.csv.*?first (\d+) cases", README, re.DOTALL)
    assert said is not None and int(said[1]) == ablation.cases
