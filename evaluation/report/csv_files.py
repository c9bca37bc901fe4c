"""The benchmark's tables as files, CSV with Parquet beside it.

Undefined values are empty; numbers are written so that they read back exactly.
"""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path

from data_cache.store import write_bytes
from evaluation.benchmark import Benchmark, Settings
from evaluation.features import FEATURES, Regression, regress
from evaluation.inference.holm import holm
from evaluation.inference.intervals import Unit
from evaluation.inference.procedures import name_of_test
from evaluation.report.box_tables import HEADER as BOXES
from evaluation.report.box_tables import box_lines
from evaluation.report.comparison import percentages_below
from evaluation.report.detail_tables import DETAILS, DETAILS_SUMMARY, detail_lines, summary_of_details
from evaluation.report.parquet import Cell, write_parquet
from evaluation.results import Difference, Estimate, Results
from evaluation.runs import spreads
from evaluation.scores import METRICS
from evaluation.scoring import Markings
from evaluation.truth.human import HUMAN

Lines = Iterable[Sequence[Cell]]
Estimates = dict[tuple[str, str, str], Estimate]
PER_CASE = ("method", "finding", "case", "iou_tp", "iou_all", "hit", "threshold", "probability", "skip_reason", "form")
SUMMARY: tuple[str, ...] = (
    "method",
    "finding",
    "n_hit",
    "hit_rate",
    "hit_low",
    "hit_high",
    "n_tp",
    "miou_tp",
    "miou_tp_low",
)
SUMMARY += ("miou_tp_high", "n_all", "miou_all", "miou_all_low", "miou_all_high", "threshold", "form")
INTERVALS: tuple[str, ...] = ("method", "finding", "metric", "resampled", "n", "value", "low", "high")
INTERVALS += ("resamples_undefined", "patients", "interval", "why_no_interval")
UNDEFINED = ("method", "finding", "metric", "reason", "cases")
THRESHOLDS = ("method", "finding", "threshold_tp", "threshold_all", "probability_cutoff", "cases_drawn", "cases_zero")
DIFFERENCES: tuple[str, ...] = ("method", "other", "finding", "metric", "n", "difference", "low", "high", "p")
DIFFERENCES += ("p_holm", "patients", "interval", "test", "why_no_interval")
MISSING = ("method", "finding", "reason", "masks_drawn", "without_mask")
SPREAD = ("method", "finding", "metric", "runs", "mean", "deviation", "least", "largest")
BELOW = ("method", "finding", "metric", "human", "value", "percent_below", "low", "high")
UNITS: tuple[Unit, ...] = ("patient", "image")


def write_tables(path: Path, header: Sequence[str], lines: Lines) -> None:
    """Write a table as CSV, and as Parquet beside it."""
    kept = list(lines)
    write_csv(path, header, kept)
    write_parquet(path.with_suffix(".parquet"), header, kept)


def write_csv(path: Path, header: Sequence[str], lines: Lines) -> None:
    """Write a table; NaN and None become empty cells, floats their shortest exact form."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows([_cell(value) for value in line] for line in lines)
    write_bytes(path, text.getvalue().encode())


def _cell(value: Cell) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def write_all(
    out: Path, benchmark: Benchmark, settings: Settings, differences: Sequence[Difference]
) -> dict[Unit, Estimates]:
    """Write every table into a folder, as CSV and Parquet.

    Returns:
        The estimates of methods and ceilings, by what was resampled.
    """
    results = benchmark.results
    write_tables(out / "per_case.csv", PER_CASE, per_case_lines(results, benchmark.markings))
    write_tables(out / "details.csv", DETAILS, detail_lines(results))
    write_tables(out / "details_summary.csv", DETAILS_SUMMARY, summary_of_details(results, settings))
    write_tables(out / "boxes.csv", BOXES, box_lines(results))
    parts = [part for part in (results, benchmark.ceilings) if part is not None]
    found: dict[Unit, Estimates] = {unit: {} for unit in UNITS}
    for unit in UNITS:
        for part in parts:
            found[unit] |= part.estimates(settings.bootstrap, settings.seed, unit)
    write_tables(out / "summary.csv", SUMMARY, summary_lines(parts, found[settings.unit], benchmark.markings))
    write_tables(out / "intervals.csv", INTERVALS, _intervals(found))
    write_tables(out / "undefined.csv", UNDEFINED, [(*key, n) for key, n in sorted(results.undefined().items())])
    write_tables(out / "thresholds.csv", THRESHOLDS, _thresholds(benchmark))
    _write_missing(out, benchmark, settings)
    if differences:
        write_tables(out / "differences.csv", DIFFERENCES, map(difference_line, differences))
    spread = [astuple(one) for one in spreads(results)]
    if spread:
        write_tables(out / "runs.csv", SPREAD, spread)
    if HUMAN in results.methods:
        below = percentages_below(results, HUMAN, settings.bootstrap, settings.seed, settings.unit)
        write_tables(out / "human.csv", BELOW, below)
    _write_shapes(out, benchmark)
    return found


def _write_missing(out: Path, benchmark: Benchmark, settings: Settings) -> None:
    """What methods lack, and summary.csv on the maps that all have, where some lack some."""
    if not benchmark.lacks:
        return
    write_tables(out / "missing.csv", MISSING, (astuple(one) for one in benchmark.lacks))
    if benchmark.common is not None:
        estimates = benchmark.common.estimates(settings.bootstrap, settings.seed, settings.unit)
        write_tables(out / "common.csv", SUMMARY, summary_lines([benchmark.common], estimates, benchmark.markings))


def per_case_lines(results: Results, markings: Markings) -> Iterable[tuple[Cell, ...]]:
    """The lines of per_case.csv."""
    for row in results.rows:
        scores = row.scores
        marking = markings.get((row.method, row.finding))
        threshold = scores.threshold if marking is None or marking.threshold is None else marking.threshold
        reason = "; ".join(dict.fromkeys(scores.reasons[metric] for metric in METRICS if metric in scores.reasons))
        values = (scores.values["iou_tp"], scores.values["iou_all"], scores.values["hit"])
        yield (row.method, row.finding, row.case, *values, threshold, row.probability, reason, row.form)


def summary_lines(parts: Iterable[Results], estimates: Estimates, markings: Markings) -> Iterable[tuple[Cell, ...]]:
    """The lines of summary.csv."""
    for part in parts:
        for method in part.methods:
            for finding in part.names:
                line: list[Cell] = [method, finding]
                for metric in METRICS:
                    found = estimates[method, finding, metric]
                    line += [found.n, found.value, found.interval.low, found.interval.high]
                marking = markings.get((method, finding))
                yield (*line, marking.threshold if marking else None, part.forms.get(method))


def _intervals(estimates: dict[Unit, Estimates]) -> Iterable[tuple[Cell, ...]]:
    for unit, found in estimates.items():
        for key, one in found.items():
            yield (*key, unit, one.n, one.value, *_ends(one), one.interval.undefined, *_kind(one))


def _thresholds(benchmark: Benchmark) -> Iterable[tuple[Cell, ...]]:
    curves = benchmark.tuner.curves() if benchmark.tuner else {}
    for (method, finding), marking in benchmark.markings.items():
        curve = curves.get((method, finding))
        cases = (curve.drawn, curve.zeros) if curve else (None, None)
        yield (method, finding, marking.threshold, marking.threshold_for_all, marking.cutoff, *cases)


def difference_line(one: Difference) -> tuple[Cell, ...]:
    """A line of differences.csv."""
    patients, interval, why = _kind(one.estimate)
    numbers = (one.estimate.n, one.estimate.value, *_ends(one.estimate), one.test.p, one.p_holm)
    name = name_of_test(one.test) if one.test.p == one.test.p else None
    return (one.method, one.other, one.finding, one.metric, *numbers, patients, interval, name, why)


def _ends(one: Estimate) -> tuple[Cell, Cell]:
    return one.interval.low, one.interval.high


def _kind(one: Estimate) -> tuple[Cell, Cell, Cell]:
    """Patients with a value, the name of the interval, and why there is none."""
    return one.patients, None if one.interval.why else one.interval.kind, one.interval.why or None


def _write_shapes(out: Path, benchmark: Benchmark) -> None:
    shapes = benchmark.shapes
    if not shapes:
        return
    lines = [(shape.finding, shape.case, *(getattr(shape, name) for name in FEATURES)) for shape in shapes]
    write_tables(out / "features.csv", ("finding", "case", *FEATURES), lines)
    found = [
        one
        for method in benchmark.results.apart()[0].methods
        for metric in ("hit", "iou_tp")
        for one in regress(method, metric, _scores_of(benchmark.results, method, metric), shapes)
    ]
    header = tuple(Regression.__dataclass_fields__)
    adjusted = zip(holm([one.p for one in found]), holm([one.correlation_p for one in found]), strict=True)
    written = (
        [*(getattr(one, name) for name in header), *map(float, p)] for one, p in zip(found, adjusted, strict=True)
    )
    write_tables(out / "regression.csv", (*header, "p_holm", "correlation_p_holm"), written)


def _scores_of(results: Results, method: str, metric: str) -> dict[tuple[str, str], float]:
    return {(row.finding, row.case): row.scores.values[metric] for row in results.rows if row.method == method}
