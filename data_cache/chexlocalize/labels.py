"""The label tables: CheXpert/<split>_labels.csv."""

import csv
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data_cache.bounded_files import refuse_special
from data_cache.errors import InputError
from data_cache.findings import FINDINGS, canonical_finding

_PREFIX = "CheXpert-v1.0"  # the val table's paths begin with it, also as CheXpert-v1.0-small; the folders' do not
_SHOWN = 100
_FOLDERS = {"valid": "val"}
LABEL_VALUES = {"1.0": 1, "1": 1, "0.0": 0, "0": 0, "-1.0": None, "-1": None, "": None, "nan": None}


@dataclass(frozen=True)
class LabelledImage:
    """One row of a label table: the image's place below CheXpert/, and 1, 0 or None (blank or −1) by finding."""

    path: PurePosixPath
    labels: dict[str, int | None]

    @property
    def id(self) -> str:
        """Case id as CheXlocalize writes it, for example patient64541_study1_view1_frontal."""
        return "_".join((*self.path.parent.parts[-2:], self.path.stem))

    @property
    def patient(self) -> str:
        """Folder of the patient, for example patient64541."""
        return self.path.parts[-3]


def read_label_table(path: Path) -> list[LabelledImage]:
    """Read a table with a column Path and one for each finding, matched by name; other columns are skipped.

    Raises:
        InputError: the file is missing, no table, lacks a column, or a row has another value or a path that leads
            out of its folder, or two rows name one image.
    """
    refuse_special(path, "a label table")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            columns = _columns(next(rows, []), path.name)
            images = [_row(row, columns, f"line {rows.line_num} of {path.name}") for row in rows if any(row)]
    except FileNotFoundError:
        raise InputError(
            f"Expected the label table {path.name} in {path.parent}, found none; check the split."
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"Expected a CSV table in {path.name}, found a file that cannot be read as one.") from error
    _check_unique(images, path.name)
    return images


def _columns(header: list[str], name: str) -> dict[str, int]:
    """Position of Path and of each finding."""
    positions = {}
    for position, column in enumerate(header):
        try:
            positions[canonical_finding(column)] = position
        except InputError:
            positions[column.strip()] = position
    missing = [column for column in ("Path", *FINDINGS) if column not in positions]
    if missing:
        raise InputError(
            f"Expected the columns Path and the 14 findings in {name}, found no {', '.join(missing)}; "
            "use the dataset's own label table."
        )
    return positions


def _row(row: list[str], columns: dict[str, int], place: str) -> LabelledImage:
    try:
        cells = {name: row[position].strip() for name, position in columns.items()}
    except IndexError:
        raise InputError(
            f"Expected {max(columns.values()) + 1} cells in {place}, found {len(row)}; the table is damaged."
        ) from None
    labels = {finding: _label(cells[finding], finding, place) for finding in FINDINGS}
    return LabelledImage(_image_path(cells["Path"], place), labels)


def _label(cell: str, finding: str, place: str) -> int | None:
    try:
        return LABEL_VALUES[cell.casefold()]
    except KeyError:
        raise InputError(
            f"Expected 1, 0, -1 or nothing for {finding} in {place}, found {cell[:_SHOWN]!r}; correct it."
        ) from None


def _image_path(cell: str, place: str) -> PurePosixPath:
    """The path below CheXpert/: the prefix taken off, the folder called `val` where the table says `valid`."""
    path = PurePosixPath(cell)
    if path.is_absolute() or ".." in path.parts or "\\" in cell or "\0" in cell or ":" in cell:
        raise InputError(f"Expected a path inside the dataset in {place}, found {cell[:_SHOWN]!r}; it is not followed.")
    parts = path.parts[1:] if path.parts and path.parts[0].startswith(_PREFIX) else path.parts
    if len(parts) < 4:
        raise InputError(
            f"Expected a path such as {_PREFIX}/valid/patient/study/view.jpg in {place}, found {cell[:_SHOWN]!r}; "
            "correct it."
        )
    return PurePosixPath(_FOLDERS.get(parts[0], parts[0]), *parts[1:])


def _check_unique(images: list[LabelledImage], name: str) -> None:
    seen: set[str] = set()
    for image in images:
        if image.id in seen:
            raise InputError(f"Expected each image once in {name}, found {image.id[:_SHOWN]} twice; remove one.")
        seen.add(image.id)
