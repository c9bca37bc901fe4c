"""`python -m evaluation trust`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from data_cache.cli import Mapping, Near, RollUp, known_source, say_notes
from data_cache.store import writable_folder
from explainers.options import parameters_by_method, parse_methods, parse_settings
from explainers.pairs import parse_pair
from explainers.registry import STANDARD
from models.backends.base import BackendName
from models.choosing import Cnn, MoreModels, PatchNet, chosen_weights, weights_of

_STANDARD = ",".join(STANDARD)

Methods = Annotated[str, typer.Option(help="Comma-separated METHOD or METHOD@MODEL, as `explainers list` shows.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="A method's parameter: NAME=VALUE, METHOD.NAME=VALUE or METHOD@MODEL.NAME=VALUE."),
]
AskedAbout = Annotated[
    str,
    typer.Option(
        help="present: in each case, of the findings labelled present the one the method's model thinks most "
        "probable; predicted: the most probable, present or not; or names, each asked about in every case."
    ),
]


def trust(
    out: Annotated[Path, typer.Option(help="Folder for entries, tables, figures and the manifest.")],
    source: Annotated[
        str, typer.Option(help="A key that `data_cache sources` shows; demo needs no --root.", callback=known_source)
    ] = "demo",
    root: Annotated[Path | None, typer.Option(envvar="CHEXLOCALIZE_ROOT", help="Root of --source.")] = None,
    mapping: Mapping = None,
    roll_up: RollUp = False,
    near: Near = False,
    split: Annotated[str, typer.Option(help="val, test or train.")] = "test",
    limit: Annotated[int, typer.Option(min=0, help="At most so many cases, the first; 0: all.")] = 0,
    patchnet: PatchNet = None,
    cnn: Cnn = None,
    model: MoreModels = None,
    methods: Methods = _STANDARD,
    shift_steps: Annotated[int, typer.Option(min=1, help="Shifts of the patch grid along each axis.")] = 1,
    parameter: Settings = None,
    checks: Annotated[str, typer.Option(help="Comma-separated, default, or list to see them.")] = "default",
    findings: AskedAbout = "present",
    baseline: Annotated[Literal["blur", "mean", "black"], typer.Option(help="What replaces pixels.")] = "blur",
    steps: Annotated[int, typer.Option(min=2, help="Of deletion and insertion.")] = 64,
    pieces: Annotated[Literal["pixels", "patches"], typer.Option(help="What deletion takes away.")] = "pixels",
    share: Annotated[float, typer.Option(min=0.001, max=1, help="Of the image that is attended.")] = 0.1,
    control: Annotated[Literal["shape", "pixels"], typer.Option(help="Random regions of equal area.")] = "shape",
    thresholds: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="thresholds.csv of a benchmark; else Otsu.")
    ] = None,
    bootstrap: Annotated[int, typer.Option(min=0, help="Resamples of patients for intervals; 0: none.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    figures: Annotated[bool, typer.Option(help="Draw figures.")] = True,
    backend: Annotated[BackendName, typer.Option(help="What computes; auto takes the fastest exact one.")] = "auto",
) -> None:
    """Ask whether explanations are faithful, stable and honest, case by case; takes up where it was stopped."""
    from data_cache.sources.registry import labels_of, open_source
    from evaluation.trust.cohort import Reporting, read_thresholds, run, say_checks  # imports torch
    from evaluation.trust.run import Plan, parse_checks, parse_findings

    if checks == "list":
        say_checks()
        return
    keys = parse_methods(methods)
    parameters = parameters_by_method(keys, {"shift_steps": shift_steps}, parse_settings(parameter or ()))
    wanted, asked_about = parse_checks(checks), parse_findings(findings)
    dataset = open_source(source, root, labels_of(source, mapping, roll_up, near))
    cases = dataset.cases(split)[: limit or None]
    say_notes(dataset, (split,))
    weights = weights_of((parse_pair(key).model for key in keys), chosen_weights(patchnet, cnn, model), model or ())
    settings = {
        "baseline": baseline,
        "steps": steps,
        "pieces": pieces,
        "share": share,
        "control": control,
        "seed": seed,
        "thresholds": read_thresholds(thresholds),
    }
    writable_folder(out)
    plan = Plan(out, wanted, parameters, findings=asked_about, settings=settings)
    run(plan, cases, weights, backend, Reporting(bootstrap, seed, figures))
