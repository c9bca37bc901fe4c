"""Lists of images as CSV files: a column of paths and, where wanted, ids, patients and labels.

    path,id,patient,Edema,Pleural Effusion
    2024/film1.dcm,film1,p17,1,0

The column of paths is called path, image, file or filename (in any case, as CheXpert's `Path`), the others id or case,
patient, and any finding's name; whatever else stands there is passed over. Cells are separated by commas, semicolons
or tabs. Relative paths begin at the list's folder, or at another that is named.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from data_cache.bounded_files import read_file
from data_cache.case import Case
from data_cache.case_names import names_of, wrong_id
from data_cache.chexlocalize.labels import LABEL_VALUES
from data_cache.errors import InputError
from data_cache.findings import FINDINGS, known_finding

if TYPE_CHECKING:
    from _csv import Reader

MOST_BYTES = 1 << 29
MOST_ROWS = 5_000_000
_PATHS, _IDS, _PATIENTS = ("path", "image", "file", "filename"), ("id", "case"), ("patient",)
_SHOWN = 100
_UNKNOWN: Mapping[str, int | None] = dict.fromkeys(FINDINGS)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    path: Path
    id: str
    patient: str
    labels: Mapping[str, int | None]


class ImageList(Sequence[Case]):
    """The cases of a list. Only their rows are in memory: a list may have millions.

    Attributes:
        problems: a sentence with the line's number for each row that is left out.
    """

    def __init__(self, name: str, rows: Sequence[_Row], problems: tuple[str, ...] = ()) -> None:
        self._name, self._rows, self.problems = name, rows, problems

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Case: ...
    @overload
    def __getitem__(self, place: slice) -> "ImageList": ...
    def __getitem__(self, place: int | slice) -> "Case | ImageList":
        if isinstance(place, slice):
            return ImageList(self._name, self._rows[place])
        row = self._rows[place]
        return Case(
            id=row.id,
            patient=row.patient,
            source="list",
            image_path=row.path,
            labels=row.labels,
            provenance=f"line {row.line} of {self._name}",
        )


def read_image_list(path: Path, root: Path | None = None) -> ImageList:
    """Read a list of images; that they are there is found out when they are read.

    Args:
        path: the CSV file, UTF-8.
        root: where relative paths begin; by default the list's folder.

    Returns:
        The cases in the order of the list. A row that cannot be used (no path, an id that is none, another value than
        1, 0, −1 or nothing for a label, the same id or image as an earlier row) is left out and named.

    Raises:
        InputError: there is no such file, it is too large or no such table, or no row can be used.
    """
    rows, problems = _unnamed(path, root or path.parent)
    rows = _named(rows)
    kept = list(_unique(rows, path.name, problems))
    if not kept:
        first = f" {problems[0][1]}" if problems else ""
        raise InputError(f"Expected images in {path.name}, found no row that can be used.{first}")
    ordered = tuple(sentence for _, sentence in sorted(problems, key=lambda one: one[0]))
    return ImageList(path.name, kept, ordered)


_Problems = list[tuple[int, str]]


def _unnamed(path: Path, root: Path) -> tuple[list[_Row], _Problems]:
    """The rows as they stand, their ids empty where the list gives none."""
    reader = _reader(path)
    columns = _columns(_next(reader, path.name, []), path.name)
    rows: list[_Row] = []
    problems: _Problems = []
    while True:
        try:
            cells = _next(reader, path.name)
            if cells is None:
                return rows, problems
            if any(cell.strip() for cell in cells):
                rows.append(_row(cells, columns, root, reader.line_num))
        except InputError as error:
            problems.append((reader.line_num, f"Line {reader.line_num} of {path.name}: {error}"))
        if len(rows) + len(problems) > MOST_ROWS:
            raise InputError(f"Expected at most {MOST_ROWS:,} images in {path.name}, found more; split the list.")


def _reader(path: Path) -> "Reader":
    try:
        text = read_file(path, "a list of images", MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"Expected a CSV table in UTF-8 in {path.name}, found other bytes; save it as such.") from None
    header = text[:10_000].partition("\n")[0]
    return csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))


def _next(reader: "Reader", name: str, otherwise: list[str] | None = None) -> list[str] | None:
    try:
        return next(reader, otherwise)
    except csv.Error as error:
        raise InputError(f"expected cells of a CSV table, found what is none ({error}).") from None


def _columns(header: list[str] | None, name: str) -> dict[str, int]:
    """Places of "path" and, where there are any, of "id", "patient" and findings; the first of equal ones counts."""
    columns: dict[str, int] = {}
    for place, cell in enumerate(header or []):
        word = cell.strip().casefold()
        role = next((names[0] for names in (_PATHS, _IDS, _PATIENTS) if word in names), known_finding(cell))
        if role is not None:
            columns.setdefault(role, place)
    if _PATHS[0] not in columns:
        found = ", ".join(header or [])[:_SHOWN] or "nothing"
        raise InputError(
            f"Expected a column called {', '.join(_PATHS[:-1])} or {_PATHS[-1]} in the first line of {name}, "
            f"found {found!r}; name the column of paths."
        )
    return columns


def _row(cells: Sequence[str], columns: Mapping[str, int], root: Path, line: int) -> _Row:
    values = {role: cells[place].strip() if place < len(cells) else "" for role, place in columns.items()}
    text = values["path"]
    if not text or not text.isprintable():
        raise InputError(f"expected the path of an image, found {text[:_SHOWN]!r}.")
    path = root / text
    known = {finding: _label(value, finding) for finding, value in values.items() if finding in _UNKNOWN}
    labels = {**_UNKNOWN, **known} if any(value is not None for value in known.values()) else _UNKNOWN
    return _Row(line, path, values.get("id", ""), values.get("patient", ""), labels)


def _label(cell: str, finding: str) -> int | None:
    try:
        return LABEL_VALUES[cell.casefold()]
    except KeyError:
        raise InputError(f"expected 1, 0, -1 or nothing for {finding}, found {cell[:_SHOWN]!r}.") from None


def _named(rows: Sequence[_Row]) -> list[_Row]:
    """Rows with the ids that the list does not give; equal paths stay equal, and are found out later."""
    places = [place for place, row in enumerate(rows) if not row.id]
    distinct = list(dict.fromkeys(rows[place].path for place in places))
    names = dict(zip(distinct, names_of(distinct), strict=True))
    named = list(rows)
    for place in places:
        row = rows[place]
        named[place] = _Row(row.line, row.path, names[row.path], row.patient, row.labels)
    return named


def _unique(rows: Sequence[_Row], name: str, problems: _Problems) -> Iterator[_Row]:
    """Rows with ids that may name a folder and that no earlier row has; a patient that is not named is the case."""
    lines: dict[str, int] = {}
    for row in rows:
        wrong = wrong_id(row.id)
        if not wrong and row.id in lines:
            wrong = f"expected each id once, found {row.id!r} in line {lines[row.id]} too"
        if wrong:
            problems.append((row.line, f"Line {row.line} of {name}: {wrong}; give it another in a column id."))
            continue
        lines[row.id] = row.line
        yield row if row.patient else _Row(row.line, row.path, row.id, row.id, row.labels)
