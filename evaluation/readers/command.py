"""`python -m evaluation readers`."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from data_cache.case import Case
from data_cache.cli import Mapping, Near, RollUp, known_source, say_notes
from data_cache.errors import InputError
from data_cache.sources.registry import labels_of, open_source
from data_cache.store import writable_folder
from evaluation.commands import options as asks
from evaluation.commands.benchmark import bars
from evaluation.readers.consensus import Readings
from evaluation.readers.measuring import PairRow, ceiling_rows, pairs_of
from evaluation.readers.summary import MEASURES, FindingAgreement, summarise
from evaluation.report.csv_files import write_tables
from evaluation.report.parquet import Cell
from evaluation.scores import METRICS
from evaluation.scoring import Row
from evaluation.workers import available_cores, in_order

AGREEMENT = ("case", "patient", "finding", "reader", "other", "both", "iou", "kappa", "hit", "hit_back")
CEILING = ("case", "patient", "finding", *METRICS, "skip_reason")
_PARTS = ("_n", "", "_low", "_high", "_interval")
SUMMARY = (
    *("finding", "cases", "pairs", "pairs_both"),
    *(f"{name}{part}" for name in (*MEASURES, *(f"ceiling_{name}" for name in METRICS)) for part in _PARTS),
)


def readers(
    source: Annotated[str, typer.Option(help="A dataset that several people read.", callback=known_source)],
    out: Annotated[Path, typer.Option(help="Folder for the tables.")],
    root: Annotated[Path | None, typer.Option(help="The dataset's folder.")] = None,
    split: Annotated[str | None, typer.Option(help="By default all.")] = None,
    mapping: Mapping = None,
    roll_up: RollUp = False,
    near: Near = False,
    against: Annotated[
        Literal["union", "majority", "fusion"],
        typer.Option(
            help="What the other readers say together, for the ceiling of one reader. Of three readers, the majority "
            "of the two others is what both of them marked."
        ),
    ] = "union",
    bootstrap: asks.Bootstrap = 1000,
    seed: asks.Seed = 0,
    processes: asks.Processes = None,
) -> None:
    """Say how far readers agree, by finding, and how well one reader does against the others."""
    dataset = open_source(source, root, labels_of(source, mapping, roll_up, near))
    splits = (split,) if split else dataset.splits()
    cases = [case for name in splits for case in dataset.cases(name) if len(case.readers) > 1]
    say_notes(dataset, splits)
    if not cases:
        raise InputError(f"Expected cases that several people read in {source}, found none; choose another dataset.")
    writable_folder(out)
    pairs: list[PairRow] = []
    humans: list[Row] = []
    problems: list[str] = []
    with bars() as progress:
        work = in_order(partial(_measure, against), cases, processes or available_cores())
        for done, (found, rows, problem) in enumerate(work, 1):
            pairs += found
            humans += rows
            problems += problem
            progress("Comparing", done, len(cases))
    for line in problems[:10]:
        typer.echo(line, err=True)
    patients = {case.id: case.patient for case in cases}
    table = summarise(pairs, humans, patients, bootstrap, seed)
    write_tables(out / "agreement.csv", AGREEMENT, map(_pair, pairs))
    write_tables(out / "ceiling.csv", CEILING, (_ceiling(row, patients) for row in humans))
    write_tables(out / "summary.csv", SUMMARY, map(_summary, table))
    for line in _table(table, against):
        typer.echo(line)
    read = f"{len(cases)} {'case' if len(cases) == 1 else 'cases'} of several readers"
    typer.echo(f"{read}, {len(problems)} of unknown size left out; written to {out}.")


def _measure(against: str, case: Case) -> tuple[list[PairRow], list[Row], list[str]]:
    try:
        readings = Readings.of(case)
    except InputError as error:
        return [], [], [str(error)]
    return list(pairs_of(readings)), list(ceiling_rows(readings, against)), []


def _pair(row: PairRow) -> Sequence[Cell]:
    numbers = (int(row.both), row.iou, row.kappa, row.hit, row.hit_back)
    return (row.case, row.patient, row.finding, row.reader, row.other, *numbers)


def _ceiling(row: Row, patients: dict[str, str]) -> Sequence[Cell]:
    why = "; ".join(dict.fromkeys(row.scores.reasons.values()))
    return (row.case, patients[row.case], row.finding, *(row.scores.values[name] for name in METRICS), why)


def _summary(line: FindingAgreement) -> Sequence[Cell]:
    cells: list[Cell] = [line.finding, line.cases, line.pairs, line.both]
    for mean in (*line.means.values(), *line.ceiling.values()):
        one = mean.interval
        cells += [mean.n, mean.value, one.low, one.high, f"none: {one.why}" if one.why else one.kind]
    return cells


def _table(table: Sequence[FindingAgreement], against: str) -> Iterator[str]:
    agreement = f"{'':28}{'cases':>7}{'agreed':>8}{'IoU':>7}{'both':>7}{'kappa':>7}{'hit':>7}"
    yield f"{agreement}   one against the {against} of the others:"
    yield f"{'':28}{'':7}{'':8}{'':7}{'':7}{'':7}{'':7}   {'hit':>6}{'TP IoU':>8}{'IoU':>7}"
    for line in table:
        numbers = "".join(f"{line.means[name].value:{8 if name == 'agreed' else 7}.3f}" for name in MEASURES)
        hit, tp, everything = (line.ceiling[name].value for name in METRICS)
        yield f"{line.finding:28}{line.cases:7}{numbers}   {hit:6.3f}{tp:8.3f}{everything:7.3f}"
