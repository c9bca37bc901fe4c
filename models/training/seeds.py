"""A table over the seeds of a recipe: how far the validations of its runs lie apart."""

import csv
import io
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from data_cache.store import write_bytes
from models.training.config import TrainingConfig
from models.training.progress import Progress
from models.training.state import find_states, read_state

_MEANS = ("loss", "mean_auroc", "ece", "mean_dice")
_BY_FINDING = ("auroc", "dice")
FILE = "seeds.csv"

Entry = Mapping[str, Any]
Row = tuple[str, str, int, float, float, list[float]]


def write_seed_table(config: TrainingConfig) -> Path | None:
    """Write `seeds.csv` into the folder of a recipe with `seeds`: of each number its mean, deviation and every seed's.

    The numbers are of the validation split, of the weights that each run has kept (`run.keep`). Where these were chosen
    on that split they are optimistic, and no replacement for the test scores in the runs' cards.

    Returns:
        The file; None where no run's last state is there any more.
    """
    kept = {seed: entry for seed in config.seeds if (entry := _kept(config.with_seed(seed))) is not None}
    if not kept:
        return None
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("metric", "finding", "n", "mean", "sd", *(f"seed-{seed}" for seed in kept)))
    for metric, finding, n, mean, deviation, values in seed_rows(list(kept.values())):
        writer.writerow((metric, finding, n, *map(_shown, (mean, deviation, *values))))
    path = config.run.out / FILE
    write_bytes(path, text.getvalue().encode())
    return path


def seed_rows(entries: Sequence[Entry]) -> Iterator[Row]:
    """Compare one validation a seed (see `validation.validate`).

    Returns:
        A row a metric, over all findings ("") and for each: how many seeds have a number, their mean, their standard
        deviation (n − 1), NaN below one and two, and every seed's, NaN where it has none.
    """
    for metric in _MEANS:
        if any(metric in entry for entry in entries):
            yield _row(metric, "", [entry.get(metric) for entry in entries])
    for metric in _BY_FINDING:
        for finding in next((entry[metric] for entry in entries if metric in entry), ()):
            yield _row(metric, finding, [entry.get(metric, {}).get(finding) for entry in entries])


def _row(metric: str, finding: str, found: Sequence[float | None]) -> Row:
    values = [math.nan if value is None else float(value) for value in found]
    known = [value for value in values if math.isfinite(value)]
    mean = statistics.fmean(known) if known else math.nan
    deviation = statistics.stdev(known) if len(known) > 1 else math.nan
    return metric, finding, len(known), mean, deviation, values


def _kept(config: TrainingConfig) -> Entry | None:
    """The validation of the weights that a finished run has kept; None where its states are gone."""
    states = find_states(config.run.out)
    if not states:
        return None
    progress = Progress(history=read_state(states[-1]).notes["history"], by=config.run.best_by)
    return progress.best if config.run.keep == "best" else next(iter(progress.history[-1:]), None)


def _shown(value: float) -> str:
    return f"{value:.6f}" if math.isfinite(value) else ""
