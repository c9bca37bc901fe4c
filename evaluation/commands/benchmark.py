"""`python -m evaluation benchmark`."""

import time
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from contextlib import contextmanager
from pathlib import Path

import typer
from tqdm import tqdm

from data_cache.cli import Mapping, Near, RollUp, Root
from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.store import writable_folder
from evaluation.benchmark import Benchmark, Inputs, Progress, Protocol, Settings, run_benchmark
from evaluation.commands import options as asks
from evaluation.problems import summary
from evaluation.readers.truth import MARKED
from evaluation.report.csv_files import Estimates
from evaluation.report.notes import FLOORS_ALONE, of_floors_alone, warnings
from evaluation.report.skill_tables import words
from evaluation.report.tables import COMPARATORS
from evaluation.report.writing import write_run
from evaluation.results import MEAN
from evaluation.scores import METRICS
from evaluation.skill import Skill
from evaluation.sources.base import MapSource
from evaluation.sources.opening import open_maps
from evaluation.truth.anatomy import KnownAnatomy
from evaluation.truth.ground_truth import Masks, read_human_benchmark, read_masks
from evaluation.truth.source import TruthSource
from evaluation.workers import available_cores

Files = MappingOf[str, Path | None]


def benchmark(
    maps: asks.Maps,
    out: asks.Out,
    ground_truth: asks.GroundTruth = None,
    source: asks.Source = None,
    root: Root = None,
    split: asks.Split = None,
    mapping: Mapping = None,
    roll_up: RollUp = False,
    near: Near = False,
    readers: asks.Readers = MARKED,
    tune_on: asks.TuneOn = None,
    tune_ground_truth: asks.TuneGroundTruth = None,
    tune_split: asks.TuneSplit = None,
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
    anatomy: asks.Anatomy = None,
    ceilings: asks.Ceilings = True,
    floors: asks.Floors = True,
    figures: asks.Figures = True,
    processes: asks.Processes = None,
) -> None:
    """Score maps against radiologists' masks: hit rate and IoU with intervals, as CheXlocalize's code does."""
    if (ground_truth is None) == (source is None):
        raise typer.BadParameter("give either --ground-truth FILE or --source NAME --root DIR.")
    _check_tuning(source is not None, tune_ground_truth, tune_split, bool(tune_on), floors)
    dataset = TruthSource(source, root, split, tune_split, mapping, roll_up, near, readers) if source else None
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
        "anatomy": anatomy,
    }
    run(maps, tune_on or [], files, settings, out, figures, dataset)


def _check_tuning(
    dataset: bool, tune_ground_truth: Path | None, tune_split: str | None, tuned: bool, floors: bool
) -> None:
    """Masks to tune on are for maps of their cases, or for the floors alone."""
    wanted, other = ("--tune-split", "--tune-ground-truth") if dataset else ("--tune-ground-truth", "--tune-split")
    given, unused = (tune_split, tune_ground_truth) if dataset else (tune_ground_truth, tune_split)
    if unused:
        raise typer.BadParameter(
            f"{other} does not go with {'--source' if dataset else '--ground-truth'}; give {wanted}."
        )
    if tuned and not given:
        raise typer.BadParameter(f"--tune-on needs the masks of its cases; give {wanted}.")
    if given and not tuned and not floors:
        raise typer.BadParameter(f"nothing uses {wanted} without --tune-on and without floors.")


def run(
    maps: Sequence[str],
    tune_on: Sequence[str],
    files: Files,
    settings: Settings,
    out: Path,
    figures: bool,
    dataset: TruthSource | None = None,
) -> tuple[Benchmark, Estimates]:
    """Read what the command names, run the benchmark, write everything and say what came out.

    Args:
        maps, tune_on: NAME=DIR.
        files: by role: ground_truth, unless a dataset is given, and, where given, tuning_ground_truth, human_masks,
            human_points, annotations, anatomy.
        settings: how it is scored.
        out: the folder.
        figures: whether to draw.
        dataset: whose marks are the ground truth.

    Raises:
        InputError: a named input is wrong, the folder cannot be written to, or nothing is left to score.
    """
    started = time.perf_counter()
    inputs = _inputs(maps, tune_on, files, dataset, settings.processes)
    for note in filter(None, (*inputs.truth.notes, *inputs.tuning_truth.notes, inputs.anatomy.note)):
        typer.echo(note, err=True)
    writable_folder(out)
    with bars() as progress:
        found = run_benchmark(inputs, settings, progress)
    alone = [FLOORS_ALONE] if of_floors_alone(found) else []
    for line in [*summary(found.problems), *(f"Warning: {one}" for one in warnings(found, settings)), *alone]:
        typer.echo(line, err=True)
    estimates, skills = write_run(out, found, inputs, files, settings, figures, started)
    _say(found, estimates, skills, out, time.perf_counter() - started)
    return found, estimates


def _protocol(asked: asks.Asked, tuned: bool) -> Protocol:
    if asked != asks.Asked.AUTO:
        return Protocol(asked)
    return Protocol.MEDICALPATCHNET if tuned else Protocol.CHEXLOCALIZE


def _inputs(
    maps: Sequence[str], tune_on: Sequence[str], files: Files, dataset: TruthSource | None, processes: int
) -> Inputs:
    truth, tuning_truth = _read(files) if dataset is None else dataset.masks()
    masks, points, anatomy = (files.get(role) for role in ("human_masks", "human_points", "anatomy"))
    return Inputs(
        sources=open_methods(maps),
        truth=truth,
        tuning=open_methods(tune_on),
        tuning_truth=tuning_truth,
        human=read_human_benchmark(masks, points) if masks or points else None,
        polygons=_polygons(files.get("annotations")),
        one_reader=() if dataset is None else dataset.one_reader(processes),
        anatomy=KnownAnatomy.read(anatomy, truth) if anatomy else KnownAnatomy(),
    )


def _read(files: Files) -> tuple[Masks, Masks]:
    truth, tuning_truth = files.get("ground_truth"), files.get("tuning_ground_truth")
    if truth is None:
        raise InputError("Expected a file of masks, found none; give --ground-truth.")
    return read_masks(truth), read_masks(tuning_truth) if tuning_truth else Masks({})


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
    for part in filter(None, found.results.apart()):
        if part.comparators:
            typer.echo(f"{COMPARATORS}:")
        for method in part.methods:
            hit, tp, everything = (estimates[method, MEAN, metric].value for metric in METRICS)
            lacking = sum(one.drawn for one in found.lacks if one.method == method)
            typer.echo(f"{method:{width}}  {hit:8.3f}  {tp:7.3f}  {everything:8.3f}  {lacking:13}")
    for sentence in words(skills):
        typer.echo(sentence)
    cases, problems = len(found.results.cases), len(found.problems)
    read = f"{counted(cases, 'case')}, {counted(problems, 'problem')} in the input"
    typer.echo(f"{read}, {seconds:.1f} s; written to {out}.")


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
