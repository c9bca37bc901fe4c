"""`python -m evaluation benchmark`."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from tqdm import tqdm

from data_cache.errors import InputError
from evaluation.benchmark import Benchmark, Inputs, Progress, Protocol, Settings, run_benchmark
from evaluation.ground_truth import Masks, read_human_benchmark, read_masks
from evaluation.problems import summary
from evaluation.report.csv_files import Estimates
from evaluation.report.writing import write_run
from evaluation.results import MEAN
from evaluation.scores import METRICS
from evaluation.sources.base import MapSource
from evaluation.sources.opening import open_maps
from evaluation.workers import available_cores

Maps = Annotated[
    list[str],
    typer.Option(
        metavar="NAME=DIR",
        help="Maps of one method: outputs of explainers run (NAME picks the method), CheXlocalize *_map.pkl or "
        "converted ones, or one .npz, .npy, .png or .safetensors a case and finding. Several may follow.",
    ),
]
Existing = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Masks: gt_segmentations_*.json.")]


def benchmark(
    maps: Maps,
    ground_truth: Existing,
    out: Annotated[Path, typer.Option(help="Folder for tables, figures and the manifest.")],
    tune_on: Annotated[
        list[str] | None, typer.Option(metavar="NAME=DIR", help="The same methods' maps of validation cases.")
    ] = None,
    tune_ground_truth: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Masks of the validation cases.")
    ] = None,
    alignment: Annotated[
        Literal["paper", "aligned"],
        typer.Option(help="paper: stretched over the whole radiograph, as published; aligned: where the crop was."),
    ] = "paper",
    protocol: Annotated[
        Literal["auto", "chexlocalize", "medicalpatchnet", "cutoffs", "fixed"],
        typer.Option(
            help="How maps are marked. chexlocalize: Otsu with filled holes, or with --tune-on the best of 0.2, 0.3 … "
            "0.8; medicalpatchnet: the halving search; cutoffs: Otsu, and nothing below a tuned probability; fixed: "
            "--threshold. auto: medicalpatchnet with --tune-on, else chexlocalize."
        ),
    ] = "auto",
    threshold: Annotated[float, typer.Option(min=0, max=1, help="Of the protocol fixed.")] = 0.5,
    bootstrap: Annotated[int, typer.Option(min=0, help="Resamples for intervals; 0: none.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples.")] = 0,
    resample: Annotated[
        Literal["patient", "image"], typer.Option(help="What summary.csv resamples; intervals.csv has both.")
    ] = "patient",
    tolerance: Annotated[float, typer.Option(min=0, help="Of the pointing game, in original pixels.")] = 15.0,
    human_masks: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Human benchmark: hb_segmentations_*.json.")
    ] = None,
    human_points: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Human benchmark: hb_salient_pt_*.json.")
    ] = None,
    annotations: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Polygons, to count instances: gt_annotations_*.json."),
    ] = None,
    ceilings: Annotated[bool, typer.Option(help="Work out what perfect maps would score.")] = True,
    figures: Annotated[bool, typer.Option(help="Draw figures.")] = True,
    processes: Annotated[int | None, typer.Option(min=1, help="By default as many as there are cores.")] = None,
) -> None:
    """Score maps against radiologists' masks: hit rate and IoU with intervals, as CheXlocalize's code does."""
    if bool(tune_on) != bool(tune_ground_truth):
        raise typer.BadParameter("--tune-on and --tune-ground-truth belong together.")
    settings = Settings(
        alignment=alignment,
        protocol=_protocol(protocol, bool(tune_on)),
        threshold=threshold,
        bootstrap=bootstrap,
        seed=seed,
        unit=resample,
        tolerance=tolerance,
        ceilings=ceilings,
        processes=processes or available_cores(),
    )
    files = {
        "ground_truth": ground_truth,
        "tuning_ground_truth": tune_ground_truth,
        "human_masks": human_masks,
        "human_points": human_points,
        "annotations": annotations,
    }
    run(maps, tune_on or [], files, settings, out, figures)


def run(
    maps: Sequence[str],
    tune_on: Sequence[str],
    files: Mapping[str, Path | None],
    settings: Settings,
    out: Path,
    figures: bool,
) -> tuple[Benchmark, Estimates]:
    """Read what the command names, run the benchmark, write everything and say what came out.

    Args:
        maps, tune_on: NAME=DIR.
        files: by role: ground_truth and, where given, tuning_ground_truth, human_masks, human_points, annotations.
        settings: how it is scored.
        out: the folder.
        figures: whether to draw.

    Raises:
        InputError: a named input is wrong, or nothing is left to score.
    """
    started = time.perf_counter()
    inputs = _inputs(maps, tune_on, files)
    with _bars() as progress:
        found = run_benchmark(inputs, settings, progress)
    for line in summary(found.problems):
        typer.echo(line, err=True)
    estimates = write_run(out, found, inputs, files, settings, figures, started)
    _say(found, estimates, out, time.perf_counter() - started)
    return found, estimates


def _protocol(asked: Literal["auto"] | Protocol, tuned: bool) -> Protocol:
    if asked != "auto":
        return asked
    return "medicalpatchnet" if tuned else "chexlocalize"


def _inputs(maps: Sequence[str], tune_on: Sequence[str], files: Mapping[str, Path | None]) -> Inputs:
    truth, tuning_truth = files.get("ground_truth"), files.get("tuning_ground_truth")
    if truth is None:
        raise InputError("Expected a file of masks, found none; give --ground-truth.")
    masks, points = files.get("human_masks"), files.get("human_points")
    return Inputs(
        sources=_open(maps),
        truth=read_masks(truth),
        tuning=_open(tune_on),
        tuning_truth=read_masks(tuning_truth) if tuning_truth else Masks({}),
        human=read_human_benchmark(masks, points) if masks or points else None,
        polygons=_polygons(files.get("annotations")),
    )


def _open(arguments: Sequence[str]) -> tuple[MapSource, ...]:
    sources = tuple(open_maps(argument) for argument in arguments)
    names = [source.name for source in sources]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(f"Expected each method once, found {', '.join(sorted(twice))} twice; give it another NAME.")
    return sources


def _polygons(path: Path | None) -> dict[str, dict[str, int]]:
    if path is None:
        return {}
    from data_cache.chexlocalize.drawings import read_contours

    found = read_contours(path)
    return {case: {finding: len(polygons) for finding, polygons in drawn.items()} for case, drawn in found.items()}


@contextmanager
def _bars() -> Iterator[Progress]:
    """A progress bar a stage, on stderr, where that is a terminal."""
    bars: dict[str, tqdm] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            bars[stage] = tqdm(total=total, desc=stage, unit="case", disable=None)
        bars[stage].update(done - bars[stage].n)

    try:
        yield progress
    finally:
        for bar in bars.values():
            bar.close()


def _say(found: Benchmark, estimates: Estimates, out: Path, seconds: float) -> None:
    width = max(map(len, found.results.methods))
    typer.echo(f"{'':{width}}  hit rate  mIoU TP  mIoU all  (means over findings)")
    for method in found.results.methods:
        hit, tp, everything = (estimates[method, MEAN, metric].value for metric in METRICS)
        typer.echo(f"{method:{width}}  {hit:8.3f}  {tp:7.3f}  {everything:8.3f}")
    cases, problems = len(found.results.cases), len(found.problems)
    typer.echo(f"{cases} cases, {problems} problems in the input, {seconds:.1f} s; written to {out}.")


def spread(arguments: Sequence[str], options: Sequence[str] = ("--maps", "--tune-on")) -> list[str]:
    """Let one --maps or --tune-on be followed by several NAME=DIR: repeat the option before each of them."""
    result: list[str] = []
    current = ""
    for argument in arguments:
        if argument.startswith("-"):
            current = argument if argument in options else ""
        elif current and result[-1] != current and "=" in argument:
            result.append(current)
        result.append(argument)
    return result
