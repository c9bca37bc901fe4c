"""Tables of annotations row by row, with the numbers of their lines: .csv, .csv.gz and .csv.zip."""

import csv
import gzip
import io
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_cache.archives import read_members
from data_cache.bounded_files import read_file
from data_cache.errors import InputError

ENDINGS = (".csv", ".csv.gz", ".csv.zip")
_MOST_BYTES, _MOST_UNPACKED, _MOST_ROWS = 1 << 29, 1 << 30, 5_000_000
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        line: where it ends in the file, from 1.
        cells: by the column's name, stripped.
    """

    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return what stands in a cell, which must not be empty.

        Raises:
            InputError: nothing does.
        """
        text = self.cells.get(column, "")
        if not text:
            raise InputError(f"expected something in column {column!r}, found nothing")
        return text

    def get(self, column: str) -> str:
        """Return what stands in a cell; nothing where there is no such column."""
        return self.cells.get(column, "")

    def empty(self, *columns: str) -> bool:
        """Whether nothing, or NaN, stands in all of these cells."""
        for column in columns:
            text = self.get(column)
            if text and text.casefold() != "nan":
                return False
        return True

    def numbers(self, *columns: str) -> list[float]:
        """Return the numbers in these cells.

        Raises:
            InputError: one is none, or is not finite.
        """
        return [number(self.get(column), column) for column in columns]


def number(text: str, what: str) -> float:
    """Read a finite number.

    Raises:
        InputError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"expected a number for {what!r}, found {text[:_SHOWN]!r}")
    return value


def find_table(root: Path, *names: str) -> Path | None:
    """Return the first file of one of these names (without .csv), plain or packed, in a folder or below it."""
    wanted = [f"{name}{ending}" for name in names for ending in ENDINGS]
    for pattern in ("{}", "*/{}", "*/*/{}"):
        for name in wanted:
            found = next((path for path in sorted(root.glob(pattern.format(name))) if path.is_file()), None)
            if found is not None:
                return found
    return None


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Read a table's rows; empty lines are passed over, the others come by the names of their columns.

    Args:
        path: UTF-8, columns separated by commas, semicolons or tabs.
        columns: that must be there; case does not matter, and they are called so in the rows. Others keep their names.

    Raises:
        InputError: it is no such table, or lacks a column.
    """
    text = _content(path)
    header = text[:10_000].partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    try:
        names = _names(next(reader, []), columns, path.name)
        for count, cells in enumerate(reader):
            if count >= _MOST_ROWS:
                raise InputError(f"Expected at most {_MOST_ROWS:,} rows in {path.name}, found more; split the table.")
            stripped = [*map(str.strip, cells)]
            if any(stripped):
                yield Row(reader.line_num, dict(zip(names, stripped, strict=False)))
    except csv.Error as error:
        raise InputError(f"Expected cells of a CSV table in line {reader.line_num} of {path.name}: {error}.") from None


def _names(header: Sequence[str], columns: Sequence[str], name: str) -> list[str]:
    asked = {column.casefold(): column for column in columns}
    names = [asked.get(cell.strip().casefold(), cell.strip()) for cell in header]
    missing = [column for column in columns if column not in names]
    if missing:
        found = ", ".join(header)[:100] or "nothing"
        raise InputError(
            f"Expected the columns {', '.join(columns)} in {name}, found {found!r}, which has no {missing[0]!r}; "
            "name the file as it was published."
        )
    return names


def _content(path: Path) -> str:
    data = read_file(path, "a table of annotations", _MOST_BYTES)
    if path.suffix == ".gz":
        data = _unpacked(data, path.name)
    elif path.suffix == ".zip":
        tables = [member for member in read_members(data, path.name, most_files=100) if member.endswith(".csv")]
        if len(tables) != 1:
            raise InputError(f"Expected one CSV table in {path.name}, found {len(tables)}; unpack it.")
        data = read_members(data, path.name, most_files=100, wanted=tables, most_bytes=_MOST_UNPACKED)[tables[0]]
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"Expected a CSV table in UTF-8 in {path.name}, found other bytes; save it as such.") from None


def _unpacked(data: bytes, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            content = file.read(_MOST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"Expected a table packed with gzip in {name}, found none that can be read ({error})."
        ) from None
    if len(content) > _MOST_UNPACKED:
        raise InputError(f"Expected at most {_MOST_UNPACKED:,} bytes in {name}, found more; split the table.")
    return content
