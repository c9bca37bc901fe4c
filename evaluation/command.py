"""`python -m evaluation benchmark`."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer
from tqdm import tqdm

from data_cache.errors import InputError
from data_cache.store import writable_folder
from evaluation import command_options as asks
from evaluation.benchmark import Benchmark, Inputs, Progress, Protocol, Settings, run_benchmark
from evaluation.ground_truth import Masks, read_human_benchmark, read_masks
from evaluation.problems import summary
from evaluation.report.csv_files import Estimates
from evaluation.report.notes import warnings
from evaluation.report.skill_tables import words
from evaluation.report.writing import write_run
from evaluation.results import MEAN
from evaluation.scores import METRICS
from evaluation.skill import Skill
from evaluation.sources.base import MapSource
from evaluation.sources.opening import open_maps
from evaluation.workers import available_cores


def benchmark(
    maps: asks.Maps,
    ground_truth: asks.GroundTruth,
    out: asks.Out,
    tune_on: asks.TuneOn = None,
    tune_ground_truth: asks.TuneGroundTruth = None,
    alignment: asks.Laying = "paper",
    protocol: asks.AskedProtocol = asks.Asked.AUTO,
    threshold: asks.Threshold = 0.5,
    bootstrap: asks.Bootstrap = 1000,
    seed: asks.Seed = 0,
    resample: asks.Resample = "patient",
    tolerance: asks.Tolerance = 15.0,
    missing: asks.MissingMaps = "miss",
    human_masks: asks.HumanMasks = None,
    human_points: asks.HumanPoints = None,
    annotations: asks.Annotations = None,
    ceilings: asks.Ceilings = True,
    floors: asks.Floors = True,
    figures: asks.Figures = True,
    processes: asks.Processes = None,
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
        missing=missing,
        ceilings=ceilings,
        floors=floors,
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
        InputError: a named input is wrong, the folder cannot be written to, or nothing is left to score.
    """
    started = time.perf_counter()
    inputs = _inputs(maps, tune_on, files)
    writable_folder(out)
    with bars() as progress:
        found = run_benchmark(inputs, settings, progress)
    for line in [*summary(found.problems), *(f"Warning: {one}" for one in warnings(found, settings))]:
        typer.echo(line, err=True)
    estimates, skills = write_run(out, found, inputs, files, settings, figures, started)
    _say(found, estimates, skills, out, time.perf_counter() - started)
    return found, estimates


def _protocol(asked: asks.Asked, tuned: bool) -> Protocol:
    if asked != asks.Asked.AUTO:
        return Protocol(asked)
    return Protocol.MEDICALPATCHNET if tuned else Protocol.CHEXLOCALIZE


def _inputs(maps: Sequence[str], tune_on: Sequence[str], files: Mapping[str, Path | None]) -> Inputs:
    truth, tuning_truth = files.get("ground_truth"), files.get("tuning_ground_truth")
    if truth is None:
        raise InputError("Expected a file of masks, found none; give --ground-truth.")
    masks, points = files.get("human_masks"), files.get("human_points")
    return Inputs(
        sources=open_methods(maps),
        truth=read_masks(truth),
        tuning=open_methods(tune_on),
        tuning_truth=read_masks(tuning_truth) if tuning_truth else Masks({}),
        human=read_human_benchmark(masks, points) if masks or points else None,
        polygons=_polygons(files.get("annotations")),
    )


def open_methods(arguments: Sequence[str]) -> tuple[MapSource, ...]:
    """Open what several NAME=DIR name.

    Raises:
        InputError: one cannot be opened, or two have the same name.
    """
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
def bars() -> Iterator[Progress]:
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


def _say(found: Benchmark, estimates: Estimates, skills: Sequence[Skill], out: Path, seconds: float) -> None:
    width = max(map(len, found.results.methods))
    typer.echo(f"{'':{width}}  hit rate  mIoU TP  mIoU all  drawn, no map  (means over findings)")
    for method in found.results.methods:
        hit, tp, everything = (estimates[method, MEAN, metric].value for metric in METRICS)
        lacking = sum(one.drawn for one in found.lacks if one.method == method)
        typer.echo(f"{method:{width}}  {hit:8.3f}  {tp:7.3f}  {everything:8.3f}  {lacking:13}")
    for sentence in words(skills):
        typer.echo(sentence)
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
