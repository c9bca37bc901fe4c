"""`python -m evaluation geometry`."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from data_cache.cli import Mapping, Near, RollUp, known_source
from data_cache.errors import InputError
from data_cache.sources.registry import labels_of, open_source
from data_cache.store import writable_folder, write_bytes
from evaluation.cases import CaseJob
from evaluation.commands import options as asks
from evaluation.floors.fitting import fit_floors
from evaluation.geometry.measuring import Measured, Subject, measure_case
from evaluation.geometry.summary import summarise
from evaluation.geometry.tables import HEADER, lines, markdown, short
from evaluation.geometry.truths import Truths
from evaluation.problems import Problem, summary
from evaluation.report.csv_files import write_csv
from evaluation.truth.ground_truth import Masks, read_masks
from evaluation.workers import available_cores, in_order

_NOTHING = Masks({})


def geometry(
    out: asks.Out,
    source: Annotated[
        str | None,
        typer.Option(help="A dataset: a key that `python -m data_cache sources` shows.", callback=known_source),
    ] = None,
    root: Annotated[Path | None, typer.Option(help="Folder of --source.")] = None,
    split: Annotated[str | None, typer.Option(help="Such as val, test or train; all by default.")] = None,
    ground_truth: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Instead of a dataset, masks: gt_segmentations_*.json."),
    ] = None,
    mapping: Mapping = None,
    roll_up: RollUp = False,
    near: Near = False,
    bootstrap: asks.Bootstrap = 1000,
    seed: asks.Seed = 0,
    processes: asks.Processes = None,
) -> None:
    """Measure a dataset's annotations by themselves: sizes, what a map scores that never looks, and a perfect one."""
    if (source is None) == (ground_truth is None):
        raise typer.BadParameter("Name either a dataset (--source and --root) or a file of masks (--ground-truth).")
    writable_folder(out)
    if ground_truth is not None:
        name, truths = ground_truth.name, Truths.of_masks(read_masks(ground_truth))
    else:
        name = f"{source}, {split}" if split else str(source)
        truths = _of_source(str(source), root, split, (mapping, roll_up, near))
    for line in summary(truths.masks.problems):
        typer.echo(line, err=True)
    measured = measure(truths, processes or available_cores())
    summaries = summarise(measured, truths.patients, truths.masks.findings, bootstrap, seed)
    write_csv(out / "geometry.csv", HEADER, lines(summaries))
    write_bytes(out / "geometry.md", markdown(name, truths, summaries).encode())
    typer.echo(short(name, truths, summaries))


def measure(truths: Truths, processes: int) -> list[Measured]:
    """Measure every truth, with floors made in folds of patients.

    Raises:
        InputError: nothing is drawn.
    """
    masks = truths.masks
    if not masks.cases:
        raise InputError("Expected marks on at least one radiograph, found none; is it the right split or file?")
    floors, _ = fit_floors(masks, _NOTHING, "paper", processes=processes)
    jobs = [Subject(job, truths.readings.get(job.case_id)) for job in _jobs(masks)]
    found: list[Measured] = []
    work = in_order(partial(measure_case, floors), jobs, processes)
    for one in tqdm(work, total=len(jobs), desc="Measuring", unit="case", disable=None):
        found += one
    return found


def _jobs(masks: Masks) -> list[CaseJob]:
    """One job a case; forms are those that the source tells."""
    return [
        CaseJob(case, drawn, masks.findings, masks.forms.get(case, {})) for case, drawn in sorted(masks.cases.items())
    ]


def _of_source(key: str, root: Path | None, split: str | None, meanings: tuple[Path | None, bool, bool]) -> Truths:
    dataset = open_source(key, root, labels_of(key, *meanings))
    splits: Sequence[str] = (split,) if split else dataset.splits()
    cases = [case for one in splits for case in dataset.cases(one)]
    for note in (note for one in splits for note in dataset.notes(one)):
        typer.echo(note, err=True)
    problems = [
        Problem("annotation that cannot be used", key, sentence) for one in splits for sentence in dataset.problems(one)
    ]
    return Truths.of_cases(cases, problems)
