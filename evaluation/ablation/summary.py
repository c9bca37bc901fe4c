"""The tables of an ablation: every number of every seed, and means with standard deviations over seeds."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_cache.store import write_bytes
from evaluation.ablation.plan import Ablation
from evaluation.ablation.scoring import METRICS, Number
from evaluation.report.csv_files import Cell, write_csv
from evaluation.trust.base import NAN
from explainers.registry import find_method

Numbers = Mapping[tuple[str, int], Sequence[Number]]  # by variant and seed
_DASH = "–"
_ENDS = {"high": "↑", "low": "↓"}


@dataclass(frozen=True)
class Line:
    """One metric of one variant over seeds: `values` by seed, NaN where undefined; `method` empty for probabilities."""

    variant: str
    method: str
    metric: str
    values: tuple[float, ...]

    @property
    def known(self) -> np.ndarray:
        """The values that are defined."""
        values = np.array(self.values)
        return values[np.isfinite(values)]

    @property
    def mean(self) -> float:
        """NaN without a value."""
        return float(self.known.mean()) if len(self.known) else NAN

    @property
    def deviation(self) -> float:
        """Over seeds, with n − 1; NaN of fewer than two."""
        return float(self.known.std(ddof=1)) if len(self.known) > 1 else NAN


def lines_of(ablation: Ablation, numbers: Numbers) -> list[Line]:
    """Means over the seeds that are there, in the order of variants, methods and metrics."""
    found = []
    for variant in ablation.variants:
        seeds = [seed for seed in ablation.seeds if (variant.name, seed) in numbers]
        by_seed = [{(one.method, one.metric): one.value for one in numbers[variant.name, seed]} for seed in seeds]
        for key in dict.fromkeys(key for values in by_seed for key in values):
            found.append(Line(variant.name, *key, tuple(values.get(key, NAN) for values in by_seed)))
    return found


def write_tables(out: Path, ablation: Ablation, numbers: Numbers) -> str:
    """Write per_seed.csv, summary.csv and summary.md; returns the last one's text."""
    per_seed: list[Sequence[Cell]] = [
        (variant, seed, one.method, one.metric, one.value, one.count)
        for (variant, seed), found in sorted(numbers.items())
        for one in found
    ]
    write_csv(out / "per_seed.csv", ("variant", "seed", "method", "metric", "value", "count"), per_seed)
    lines = lines_of(ablation, numbers)
    header = ("variant", "method", "metric", "n", "mean", "sd", "values")
    write_csv(out / "summary.csv", header, [_csv_line(line) for line in lines])
    text = markdown(ablation, lines)
    write_bytes(out / "summary.md", text.encode())
    return text


def _csv_line(line: Line) -> Sequence[Cell]:
    values = " ".join("" if math.isnan(value) else repr(value) for value in line.values)
    return line.variant, line.method, line.metric, len(line.known), line.mean, line.deviation, values


def markdown(ablation: Ablation, lines: Sequence[Line]) -> str:
    """One table of means with standard deviations, and one of every seed's values."""
    titles = [f"{metric.title} {_ENDS[metric.better]}" for metric in METRICS]
    head = ["| variant | map | " + " | ".join(titles) + " |", "|:--|:--|" + "--:|" * len(titles)]
    return "\n".join(
        [
            f"# {ablation.name}",
            "",
            f"Mean ± standard deviation over seeds (n), seeds {', '.join(map(str, ablation.seeds))}; {_DASH}: the "
            f"variant does not give it. AUROC and ECE: means over findings on the split {ablation.split}; the rest: "
            f"its first {ablation.cases} cases with a finding.",
            "",
            *head,
            *_rows(ablation, lines, _mean_cell),
            "",
            "Every seed:",
            "",
            *head,
            *_rows(ablation, lines, _values_cell),
            "",
        ]
    )


def _rows(ablation: Ablation, lines: Sequence[Line], cell: Callable[[Line], str]) -> list[str]:
    by_key = {(line.variant, line.method, line.metric): line for line in lines}
    rows = []
    for variant in ablation.variants:
        methods = [key for key in ablation.methods if (variant.name, key, METRICS[-1].key) in by_key]
        for number, method in enumerate(methods or [""]):
            cells = []
            for metric in METRICS:
                line = by_key.get((variant.name, method if metric.check else "", metric.key))
                repeated = not metric.check and number > 0
                cells.append("" if repeated else cell(line) if line is not None else _DASH)
            label = (variant.label or variant.name) if number == 0 else ""
            rows.append(f"| {label} | {find_method(method).label if method else _DASH} | " + " | ".join(cells) + " |")
    return rows


def _mean_cell(line: Line) -> str:
    if not len(line.known):
        return _DASH
    spread = "" if math.isnan(line.deviation) else f" ± {line.deviation:.3f}"
    return f"{_three(line.mean)}{spread} ({len(line.known)})"


def _values_cell(line: Line) -> str:
    return ", ".join(_DASH if math.isnan(value) else _three(value) for value in line.values)


def _three(value: float) -> str:
    """Three decimals; what rounds to 0 has no sign."""
    return f"{round(value, 3) + 0.0:.3f}"
