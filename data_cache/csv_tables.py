"""Tables of datasets: CSV, also gzipped, read as text with the number of every line."""

import gzip
import io
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_cache.bounded_files import read_file
from data_cache.errors import InputError

_GZIP = b"\x1f\x8b"
_SHOWN = 60


@dataclass(frozen=True)
class TableRow:
    """One row.

    Attributes:
        place: "line 3 of train.csv".
        cells: text by the column's name, both without blanks around them.
    """

    place: str
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def number(self, column: str) -> float:
        """Return a finite number.

        Raises:
            InputError: something else stands there.
        """
        cell = self.cells[column]
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise InputError(f"Expected a number as {column} in {self.place}, found {cell[:_SHOWN]!r}.")
        return value

    def numbers(self, *columns: str) -> tuple[float, ...]:
        """Return finite numbers, as `number` does."""
        return tuple(self.number(column) for column in columns)


def read_table(path: Path, columns: Sequence[str], what: str, most_bytes: int = 1 << 30) -> Iterator[TableRow]:
    """Yield the rows of a table, in its order.

    Args:
        path: the file, comma-separated UTF-8 with the names of its columns in the first line; gzipped or not.
        columns: that it must have; it may have others.
        what: what it should be, for messages.
        most_bytes: how large it may be, unpacked.

    Raises:
        InputError: there is no such file, it is too large, no such table, or lacks a column.
    """
    import pandas as pd  # takes its time to import

    refusal = f"Expected {what} as a CSV table in {path.name}, found a file that cannot be read as one"
    try:
        table = pd.read_csv(
            io.BytesIO(_content(path, what, most_bytes)), dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    except (ValueError, pd.errors.ParserError) as error:
        reason = " ".join(str(error).split())[:_SHOWN]
        raise InputError(f"{refusal} ({reason}).") from None
    names = [str(name).strip() for name in table.columns]
    missing = [column for column in columns if column not in names]
    if missing:
        found = ", ".join(names)[:200] or "nothing"
        raise InputError(f"Expected the columns {', '.join(missing)} in {path.name}, found {found}; is it {what}?")
    if not isinstance(table.index, pd.RangeIndex):
        raise InputError(f"{refusal} (rows with more cells than the first line).")
    values = (table[name] for name in table.columns)
    for line, cells in enumerate(zip(*values, strict=True), 2):
        yield TableRow(f"line {line} of {path.name}", {n: str(c).strip() for n, c in zip(names, cells, strict=True)})


def _content(path: Path, what: str, most: int) -> bytes:
    data = read_file(path, what, most)
    if not data.startswith(_GZIP):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as file:
            unpacked = file.read(most + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(f"Expected {what} in {path.name}, found a gzip file that is damaged.") from None
    if len(unpacked) > most:
        raise InputError(f"Expected {what} of at most {most:,} bytes in {path.name}, found more once it is unpacked.")
    return unpacked
