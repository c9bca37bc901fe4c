"""Rows of tables with their place in what is said about them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from data_cache.errors import InputError
from data_cache.sources.tables import Row, read_rows

_SHOWN = 60


@contextmanager
def placed(path: Path, row: Row) -> Iterator[None]:
    """Say in which line of a file something is wrong.

    Raises:
        InputError: what is raised inside, with the line and the file.
    """
    try:
        yield
    except InputError as error:
        raise InputError(f"Line {row.line} of {path.name}: {str(error).rstrip('.')}.") from None


def read_numbers(path: Path, columns: Sequence[str], what: str) -> tuple[list[list[float]], list[str]]:
    """Read columns of numbers.

    Args:
        path: of the table.
        columns: that are wanted.
        what: what to call the table's subject in messages.

    Returns:
        A list a row, and a sentence for each row in which a cell is no finite number, which is left out.

    Raises:
        InputError: the file is missing or no such table.
    """
    found, problems = [], []
    try:
        for row in read_rows(path, columns):
            try:
                with placed(path, row):
                    found.append(row.numbers(*columns))
            except InputError as error:
                problems.append(f"{named(what)}: {error}")
    except InputError as error:
        raise InputError(f"{named(what)}: {error}") from None
    return found, problems


def named(name: str) -> str:
    """Return what somebody else's file calls something, short enough for a sentence."""
    return " ".join(name.split())[:_SHOWN]
