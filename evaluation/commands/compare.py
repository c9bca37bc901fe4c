"""`python -m evaluation compare`."""

from pathlib import Path
from typing import Annotated

import typer

from evaluation.commands import options as asks
from evaluation.comparing import compare as compare_runs
from evaluation.report.csv_files import DIFFERENCES, difference_line, write_tables
from evaluation.report.tables import difference_rows
from evaluation.run_folders import read_run

_Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="--out of a run of benchmark.")]


def compare(
    first: _Folder,
    second: _Folder,
    bootstrap: asks.Bootstrap = 1000,
    seed: asks.Seed = 0,
    resample: asks.Resample = "patient",
    out: Annotated[Path | None, typer.Option(help="File for all differences, .csv; .parquet beside it.")] = None,
) -> None:
    """Compare two runs: were their inputs the same, and do their scores differ (first minus second, tested)?"""
    found = compare_runs(read_run(first), read_run(second), bootstrap, seed, resample)
    for sentence in found.inputs:
        typer.echo(f"Not the same: {sentence}")
    if not found.inputs:
        typer.echo("All inputs and settings are the same.")
    for sentence in found.fallen:
        typer.echo(f"Left out: {sentence}")
    for line in difference_rows(found.differences):
        typer.echo(line)
    if out is not None:
        write_tables(out.with_suffix(".csv"), DIFFERENCES, map(difference_line, found.differences))
        typer.echo(f"All {len(found.differences)} differences stand in {out.with_suffix('.csv')}.")
