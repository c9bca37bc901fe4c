"""`python -m evaluation prior`: the location prior as maps that can be loaded anywhere."""

from pathlib import Path
from typing import Annotated

import typer

from data_cache.cli import Mapping, Near, RollUp, Root
from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.store import writable_folder, write_bytes
from evaluation.commands import options as asks
from evaluation.commands.benchmark import bars
from evaluation.floors.exporting import file_named, manifest, write_prior
from evaluation.floors.fitting import fit_floors
from evaluation.problems import summary
from evaluation.truth.ground_truth import Masks, read_masks
from evaluation.truth.source import TruthSource, described
from evaluation.workers import available_cores


def prior(
    out: Annotated[Path, typer.Option(help="Folder for the maps, one a case and finding, and the manifest.")],
    ground_truth: asks.GroundTruth = None,
    source: asks.Source = None,
    root: Root = None,
    split: asks.Split = None,
    tune_split: asks.TuneSplit = None,
    mapping: Mapping = None,
    roll_up: RollUp = False,
    near: Near = False,
    tune_ground_truth: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Masks that the prior is made of; without, those of the cases themselves, in folds by patient.",
        ),
    ] = None,
    alignment: asks.Laying = "paper",
) -> None:
    """Write where findings were drawn elsewhere as heat maps: what a map scores that never looks at the radiograph."""
    if (ground_truth is None) == (source is None):
        raise typer.BadParameter("give either --ground-truth FILE or --source NAME --root DIR.")
    if ground_truth is not None:
        truth = read_masks(ground_truth)
        known = read_masks(tune_ground_truth) if tune_ground_truth else Masks({})
    else:
        truth, known = TruthSource(source or "", root, split, tune_split, mapping, roll_up, near).masks()
    writable_folder(out)
    for line in summary([*truth.problems, *known.problems]):
        typer.echo(line, err=True)
    floors, masked = fit_floors(truth, known, alignment, processes=available_cores())
    with bars() as progress:
        maps = write_prior(out, floors, truth, lambda done, total: progress("Writing", done, total))
    if not maps:
        raise InputError("Expected a mask of at least one finding and another patient, found none: there is no prior.")
    files = {"ground_truth": ground_truth, "tuning_ground_truth": tune_ground_truth}
    inputs = {role: file_named(path) for role, path in files.items() if path is not None}
    inputs |= {role: described(one) for role, one in zip(files, (truth, known), strict=True) if one.origin}
    write_bytes(out / "manifest.json", manifest(floors, inputs, maps))
    without = [finding for finding in truth.findings if not masked[finding]]
    written = f"{counted(maps, 'map')} of {counted(len(truth.cases), 'case')}"
    if without:
        typer.echo(f"No mask, so no prior: {', '.join(without)}.", err=True)
    typer.echo(f"{written} written to {out}; score with --maps prior={out}.")
