"""`python -m evaluation report`: the tables of the MedicalPatchNet README from cached outputs."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

from data_cache.chexlocalize import CheXlocalize
from data_cache.errors import InputError
from data_cache.store import write_bytes
from evaluation.benchmark import Settings
from evaluation.command import run
from evaluation.report.predictions import classification
from evaluation.report.published import METHODS, MODELS
from evaluation.report.readme_tables import readme_tables
from evaluation.results import MEAN, Results


def report(
    outputs: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Outputs of explainers run to score.")],
    tune_outputs: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="Outputs for the validation cases, for thresholds.")
    ],
    root: Annotated[Path, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="Folder in the CheXlocalize layout.")],
    out: Annotated[Path, typer.Option(help="Folder for readme_tables.md and the benchmark behind it.")],
    split: Annotated[str, typer.Option(help="The split that is scored.")] = "test",
    tune_split: Annotated[str, typer.Option(help="The split on which thresholds are chosen.")] = "val",
    alignment: Annotated[Literal["paper", "aligned"], typer.Option(help="As in benchmark.")] = "paper",
    bootstrap: Annotated[int, typer.Option(min=0, help="Resamples for intervals.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples.")] = 0,
) -> None:
    """Rebuild the tables of the MedicalPatchNet README beside the published values."""
    methods = [method for method in METHODS if any(outputs.glob(f"*/{method}.safetensors"))]
    if not methods:
        raise InputError(f"Expected outputs of explainers run in {outputs.name}, found none of {', '.join(METHODS)}.")
    dataset = CheXlocalize(root)
    masks = root / "CheXlocalize"
    files = {
        "ground_truth": masks / f"gt_segmentations_{split}.json",
        "tuning_ground_truth": masks / f"gt_segmentations_{tune_split}.json",
    }
    settings = Settings(alignment=alignment, protocol="medicalpatchnet", bootstrap=bootstrap, seed=seed)
    maps, tune_on = ([f"{method}={folder}" for method in methods] for folder in (outputs, tune_outputs))
    found, estimates = run(maps, tune_on, files, settings, out, figures=True)
    scored, validation = (outputs, dataset.cases(split)), (tune_outputs, dataset.cases(tune_split))
    reports = {model: classification(model, scored, validation) for model in MODELS}
    present = {model: one for model, one in reports.items() if one is not None}
    write_bytes(out / "readme_tables.md", readme_tables(estimates, _undefined(found.results), present).encode())
    typer.echo(f"The tables stand in {out / 'readme_tables.md'}.")


def _undefined(results: Results) -> Counter[tuple[str, str, str]]:
    """Cases without a value by (method, finding or Mean, metric)."""
    found: Counter[tuple[str, str, str]] = Counter()
    for (method, finding, metric, _), cases in results.undefined().items():
        found[method, finding, metric] += cases
        found[method, MEAN, metric] += cases
    return found
