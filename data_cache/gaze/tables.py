"""Rows of tables with their place in what is said about them."""

from collections.abc import Callable, Iterator, Sequence
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


Check = Callable[[Sequence[float]], None]


def read_numbers(path: Path, columns: Sequence[str], check: Check | None = None) -> tuple[list[list[float]], list[str]]:
    """Read columns of numbers.

    Args:
        path: of the table.
        columns: that are wanted.
        check: raises InputError where the numbers of a row cannot be together.

    Returns:
        A list a row, and a sentence for each row that is left out: a cell is no finite number, or its numbers do not
        fit together.

    Raises:
        InputError: the file is missing or no such table.
    """
    found, problems = [], []
    for row in read_rows(path, columns):
        try:
            with placed(path, row):
                numbers = row.numbers(*columns)
                if check is not None:
                    check(numbers)
                found.append(numbers)
        except InputError as error:
            problems.append(str(error))
    return found, problems


@contextmanager
def about(what: str) -> Iterator[None]:
    """Say of what reading or radiograph something is wrong.

    Raises:
        InputError: what is raised inside, with its name.
    """
    try:
        yield
    except InputError as error:
        raise InputError(f"{named(what)}: {error}") from None


def named(name: str) -> str:
    """Return what somebody else's file calls something, short enough for a sentence."""
    return " ".join(name.split())[:_SHOWN]
