"""`python -m evaluation gaze`."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.gaze.base import GazeDataset
from data_cache.gaze.registry import GAZE, open_gaze
from data_cache.gaze.settings import GazeSettings
from data_cache.store import writable_folder
from evaluation.commands import options as asks
from evaluation.commands.benchmark import bars, open_methods
from evaluation.gaze.manifest import write_manifest
from evaluation.gaze.running import GazeResults, GazeRow, GazeRun, score_gaze
from evaluation.gaze.scores import SCORES, why
from evaluation.gaze.summary import GazeSummary, summarise
from evaluation.report.csv_files import Cell, write_csv
from evaluation.report.tables import DASH
from evaluation.results import MEAN
from evaluation.workers import available_cores

_MOST_SAID = 10
PER_CASE = ("method", "finding", "case", "patient", "reader", "kind", "phrase", *SCORES, "skip_reason")
SUMMARY = (
    "method",
    "kind",
    "finding",
    "readings",
    "patients",
    *(f"{score}{part}" for score in SCORES for part in ("_n", "", "_low", "_high", "_interval")),
    "findings",
)
LEFT_OUT = ("method", "reason", "count")


def _seconds(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"expected seconds, found {value}.")
    return value


def gaze(
    maps: asks.Maps,
    source: Annotated[str, typer.Option(help=f"{', '.join(GAZE)}.")],
    root: Annotated[Path, typer.Option(help="The dataset's folder.")],
    out: Annotated[Path, typer.Option(help="Folder for the tables.")],
    part: Annotated[
        Literal["whole", "phrases"],
        typer.Option(help="Of datasets with fixations: one map a reading, or one a phrase that was said."),
    ] = "whole",
    lead: Annotated[float, typer.Option(min=0, help="Seconds by which a phrase's window begins before it.")] = 0.0,
    start: Annotated[
        float | None,
        typer.Option(
            help="Seconds after which whole readings count; default: from their beginning.", callback=_seconds
        ),
    ] = None,
    end: Annotated[
        float | None, typer.Option(help="Seconds up to which they count; default: to their end.", callback=_seconds)
    ] = None,
    weigh: Annotated[
        Literal["duration", "count"] | None,
        typer.Option(help="How fixations are weighted; default: as the dataset's authors do."),
    ] = None,
    top: Annotated[float, typer.Option(min=1, max=99, help="Percent of the mass that the top regions hold.")] = 50.0,
    alignment: asks.Laying = "paper",
    bootstrap: asks.Bootstrap = 1000,
    seed: asks.Seed = 0,
    processes: asks.Processes = None,
) -> None:
    """Score maps against where people looked: correlation, KL, AUC and IoU of the top regions, beside two floors."""
    window = start is not None or end is not None
    if window and part == "phrases":
        raise typer.BadParameter("expected --start and --end with --part whole alone; a phrase has its own window.")
    if start is not None and end is not None and start >= end:
        raise typer.BadParameter(f"expected --start before --end, found {start:g} and {end:g}.")
    methods = open_methods(maps)
    asked = GazeSettings(part, lead, weigh, start, end)
    dataset = open_gaze(source, root, asked)
    if window and all(reading.record is None for reading in dataset.readings):
        raise InputError(f"Expected fixations in {source} for a window of time, found finished maps; leave it out.")
    writable_folder(out)
    run = GazeRun(methods, alignment, top / 100, processes or available_cores())
    with bars() as progress:
        found = score_gaze(run, dataset.readings, progress)
    table = list(summarise(found.rows, run.methods, bootstrap, seed))
    write_csv(out / "per_case.csv", PER_CASE, map(_line, found.rows))
    write_csv(out / "summary.csv", SUMMARY, map(_summary, table))
    write_csv(out / "left_out.csv", LEFT_OUT, ((*key, count) for key, count in sorted(found.left_out.items())))
    settings = {"source": source, "root": root.name, **asdict(asked), "top": top}
    write_manifest(out, run, {**settings, "bootstrap": bootstrap, "seed": seed}, found, dataset.problems)
    _say_left_out(dataset, found)
    _say(table, run.methods, top)
    scored = len({(row.case, row.reader, row.kind, row.phrase) for row in found.rows})
    read = f"{scored:,} of {counted(len(dataset.readings), 'reading')} scored"
    rows = counted(len(found.rows), "row")
    typer.echo(f"{read}, {rows} of methods, floors and findings; written to {out}.")


def _line(row: GazeRow) -> Sequence[Cell]:
    about = (row.method, row.finding, row.case, row.patient, row.reader, row.kind, row.phrase)
    return (*about, *(row.values[score] for score in SCORES), why(row.reasons))


def _summary(line: GazeSummary) -> Sequence[Cell]:
    cells: list[Cell] = [line.method, line.kind, line.finding, line.readings, line.patients]
    for score in SCORES:
        mean, one = line.means[score], line.means[score].interval
        cells += [mean.n, mean.value, one.low, one.high, f"none: {one.why}" if one.why else one.kind]
    return [*cells, "; ".join(line.findings)]


def _say_left_out(dataset: GazeDataset, found: GazeResults) -> None:
    for (method, reason), count in sorted(found.left_out.items()):
        what = f"{count:,} of {method}" if method else counted(count, "reading")
        typer.echo(f"Left out {what}: {reason}.", err=True)
    for line in _first((*dataset.problems, *found.problems)):
        typer.echo(line, err=True)


def _first(sentences: Sequence[str]) -> Iterator[str]:
    yield from sentences[:_MOST_SAID]
    if len(sentences) > _MOST_SAID:
        yield f"And {len(sentences) - _MOST_SAID} more like these."


def _say(table: Sequence[GazeSummary], methods: Sequence[str], top: float) -> None:
    means = [line for line in table if line.finding == MEAN]
    if not means:
        raise InputError("Expected something to score, found nothing.")
    width = max(map(len, methods))
    typer.echo("Means over findings, all over the readings and findings in which all have a value:")
    typer.echo(f"{'':{width}}  {'kind':12} readings     NCC      KL     AUC  IoU at the top {top:g} % of mass")
    for line in means:
        values = (line.means[score].value for score in ("ncc", "kl", "auc_region", "iou_top"))
        numbers = (f"{value:6.3f}" if value == value else f"{DASH:>6}" for value in values)
        typer.echo(f"{line.method:{width}}  {line.kind:12} {line.readings:8}  {'  '.join(numbers)}")
    for kind in dict.fromkeys(line.kind for line in means):
        _say_what_is_compared(kind, [line for line in table if line.kind == kind])


def _say_what_is_compared(kind: str, lines: Sequence[GazeSummary]) -> None:
    """Which findings the means of a kind are over, where some have values of others, too."""
    scored = dict.fromkeys(line.finding for line in lines if line.finding != MEAN)
    same: dict[tuple[str, ...], list[str]] = {}
    for line in lines:
        if line.finding == MEAN and len(line.findings) < len(scored):
            same.setdefault(line.findings, []).append(line.method)
    for over, methods in same.items():
        whose = f" of {', '.join(methods)}" if len(same) > 1 else ""
        left = ", ".join(finding for finding in scored if finding not in over)
        typer.echo(f"Means{whose} ({kind}) are over {', '.join(over) or 'no finding'}: not all have a value of {left}.")
