"""Rows of tables with their place in what is said about them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from data_cache.errors import InputError
from data_cache.sources.tables import Row, read_rows


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


def read_numbers(path: Path, columns: Sequence[str]) -> list[list[float]]:
    """Read columns of numbers, a list a row.

    Raises:
        InputError: the file is missing or no such table, or a cell is no finite number.
    """
    found = []
    for row in read_rows(path, columns):
        with placed(path, row):
            found.append(row.numbers(*columns))
    return found
