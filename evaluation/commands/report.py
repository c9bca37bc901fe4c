"""`python -m evaluation report`: the tables of the MedicalPatchNet README from cached outputs."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

from data_cache.cli import Mapping, Near, RollUp, Root, Source
from data_cache.errors import InputError
from data_cache.sources.registry import labels_of, open_source
from data_cache.store import write_bytes
from evaluation.benchmark import Protocol, Settings
from evaluation.commands.benchmark import run
from evaluation.report.predictions import classification, models_of
from evaluation.report.published import METHODS
from evaluation.report.readme_tables import readme_tables
from evaluation.results import MEAN, Results
from evaluation.sources.outputs import output_names
from evaluation.truth.source import TruthSource


def report(
    outputs: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Outputs of explainers run to score.")],
    tune_outputs: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="Outputs for the validation cases, for thresholds.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for readme_tables.md and the benchmark behind it.")],
    source: Source = "chexlocalize",
    root: Root = None,
    mapping: Mapping = None,
    roll_up: RollUp = False,
    near: Near = False,
    split: Annotated[str, typer.Option(help="The split that is scored.")] = "test",
    tune_split: Annotated[str, typer.Option(help="The split on which thresholds are chosen.")] = "val",
    alignment: Annotated[Literal["paper", "aligned"], typer.Option(help="As in benchmark.")] = "paper",
    bootstrap: Annotated[int, typer.Option(min=0, help="Resamples for intervals.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples.")] = 0,
) -> None:
    """Rebuild the tables of the MedicalPatchNet README beside the published values."""
    methods = _methods(outputs, tune_outputs)
    dataset = open_source(source, root, labels_of(source, mapping, roll_up, near))
    truth = TruthSource(source, root, split, tune_split, mapping, roll_up, near)
    settings = Settings(alignment=alignment, protocol=Protocol.MEDICALPATCHNET, bootstrap=bootstrap, seed=seed)
    maps, tune_on = ([f"{method}={folder}" for method in methods] for folder in (outputs, tune_outputs))
    found, estimates = run(maps, tune_on, {}, settings, out, figures=True, dataset=truth)
    scored, validation = (outputs, dataset.cases(split)), (tune_outputs, dataset.cases(tune_split))
    reports = {model: classification(model, scored, validation) for model in models_of(*scored)}
    present = {model: one for model, one in reports.items() if one is not None}
    tables = readme_tables(methods, estimates, _undefined(found.results), present)
    write_bytes(out / "readme_tables.md", tables.encode())
    typer.echo(f"The tables stand in {out / 'readme_tables.md'}.")


def _methods(outputs: Path, tune_outputs: Path) -> list[str]:
    """The published methods that were computed, then the others that were computed for both splits."""
    found = output_names(outputs)
    others = [name for name in found if name not in METHODS and name in output_names(tune_outputs)]
    methods = [name for name in METHODS if name in found] + others
    if not methods:
        raise InputError(f"Expected outputs of explainers run in {outputs.name}, found none of {', '.join(METHODS)}.")
    return methods


def _undefined(results: Results) -> Counter[tuple[str, str, str]]:
    """Cases without a value by (method, finding or Mean, metric)."""
    found: Counter[tuple[str, str, str]] = Counter()
    for (method, finding, metric, _), cases in results.undefined().items():
        found[method, finding, metric] += cases
        found[method, MEAN, metric] += cases
    return found
