"""Cases as a table for people."""

from collections.abc import Iterable

from data_cache.case import Case
from data_cache.errors import InputError

_HEADER = ("case", "source", "size", "findings", "masks")


def case_table(cases: Iterable[Case]) -> list[str]:
    """Return a header and one line per case: id, source, width×height, findings labelled present, findings drawn."""
    rows = [_HEADER, *(_row(case) for case in cases)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(case: Case) -> tuple[str, ...]:
    return (case.id, case.source, _size(case), ", ".join(case.positives) or "-", ", ".join(case.drawn) or "-")


def _size(case: Case) -> str:
    """From the image's header; a question mark where it cannot be read."""
    try:
        height, width = case.size()
    except InputError:
        return "?"
    return f"{width}×{height}"
