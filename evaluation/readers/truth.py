"""The ground truth of a dataset that several people read, as somebody wants it, and its human ceiling."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.marks import Box
from evaluation.problems import Problem
from evaluation.readers.consensus import WAYS, Readings, agreed
from evaluation.readers.measuring import ceiling_rows
from evaluation.scoring import Row
from evaluation.truth.ground_truth import Masks
from evaluation.workers import in_order

MARKED = "union"  # what a case's masks are where nobody asks for anything else


@dataclass(frozen=True)
class Choices:
    """What may be true where several people read.

    Attributes:
        ways: of `consensus.WAYS`, those that say something: fusion is of boxes.
        names: of readers, each with how many cases they read; empty where the dataset names nobody.
    """

    ways: tuple[str, ...]
    names: tuple[tuple[str, int], ...]


def reader_choices(cases: Iterable[Case]) -> Choices | None:
    """What may be chosen for some cases; None where none of them was read by several people."""
    read = Counter[str]()
    several = boxes = False
    for case in cases:
        read.update(case.readers)
        several = several or len(case.readers) > 1
        boxes = boxes or any(isinstance(mark.shape, Box) for mark in case.marks)
    names = tuple(sorted((name, count) for name, count in read.items() if name))
    return Choices(WAYS if boxes else WAYS[:2], names) if several else None


def agreed_truth(truth: Masks, cases: Iterable[Case], how: str) -> Masks:
    """Take what a dataset's readers say together, or what one of them says, instead of everything that was marked.

    Args:
        truth: of the cases.
        cases: of a dataset.
        how: one of `consensus.WAYS`, or a reader's name; cases that this reader did not read are left out of
            every row (methods, floors, ceilings), and counted.

    Raises:
        InputError: nobody of that name read any of the cases.
    """
    if how == MARKED:
        return truth
    masks, problems, unread, unknown = {}, list(truth.problems), 0, set(truth.left_out)
    for case in cases:
        if case.id not in truth.cases:
            continue
        if how not in WAYS and how not in case.readers:
            unread += 1
            unknown.add(case.id)
            continue
        try:
            masks[case.id] = agreed(case, how)
        except InputError as error:
            problems.append(Problem("mask that cannot be read", case.id, str(error)))
            unknown.add(case.id)
    if not masks:
        raise InputError(
            f"Expected {', '.join(WAYS)} or the name of a reader of the dataset, found {how!r}, who read none of its "
            f"{len(truth.cases)} cases."
        )
    note = f"Truth: what reader {how} marked" if how not in WAYS else f"Truth: {how} of the readers"
    some = "1 case" if unread == 1 else f"{unread} cases"
    left_out = f"; {some} that {how} did not read left out" if unread else ""
    return replace(
        truth,
        cases=masks,
        problems=tuple(problems),
        forms={case: truth.forms[case] for case in masks if case in truth.forms},
        patients={case: truth.patients[case] for case in masks if case in truth.patients},
        origin=f"{truth.origin}, {how}",
        notes=(*truth.notes, f"{note}{left_out}."),
        left_out=frozenset(unknown),
    )


def human_ceiling(cases: Iterable[Case], how: str, processes: int) -> tuple[Row, ...]:
    """One reader against the others, of all cases that several people read; see `measuring.ceiling_rows`.

    Args:
        cases: of a dataset.
        how: what the others say together, as the truth does.
        processes: to work with.
    """
    several = [case for case in cases if len(case.readers) > 1 and (how in WAYS or how in case.readers)]
    return tuple(row for rows in in_order(partial(_rows, how), several, processes) for row in rows)


def _rows(how: str, case: Case) -> Sequence[Row]:
    try:
        readings = Readings.of(case)
    except InputError:  # the case has no masks either, and is named for that
        return ()
    return list(_kept(ceiling_rows(readings, how)))


def _kept(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows with a value; most findings of most cases nobody marked."""
    return (row for row in rows if any(value == value for value in row.scores.values.values()))
