"""Any table of boxes: an image, a label and a box a row, by the names of the columns."""

from collections.abc import Collection, Sequence
from pathlib import Path

from data_cache.case import stem_of
from data_cache.errors import InputError
from data_cache.label_mapping import COMMON
from data_cache.marks import Box
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import UNIT, Gathering
from data_cache.sources.tables import ENDINGS, Row, read_rows

_IMAGES = ("image_id", "image", "filename", "file_name", "file", "path", "image_name", "image index", "id")
_LABELS = ("label", "class", "class_name", "category", "category_name", "finding", "finding label")
_CORNERS = (
    ("x_min", "y_min", "x_max", "y_max"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("x0", "y0", "x1", "y1"),
    ("x1", "y1", "x2", "y2"),
)
_SIDES = (("x", "y", "w", "h"), ("x", "y", "width", "height"))
_SIZES = (("image_height", "image_width"), ("height", "width"))
_READERS = ("reader", "rad_id", "reader_id", "annotator")
_PATIENTS = ("patient", "patient_id", "patientid", "subject_id")
_NO_TABLES = ("sizes", "train_meta", "master_table")


def _splits(root: Path) -> dict[str, Path]:
    """Every table in the folder and in annotations/, called as it."""
    files = [
        path for place in (root, root / "annotations") for end in ENDINGS for path in sorted(place.glob(f"*{end}"))
    ]
    named = {path.name.partition(".csv")[0]: path for path in files}
    return {name: path for name, path in named.items() if name not in _NO_TABLES}


def _read(path: Path, gathering: Gathering) -> None:
    rows = [Row(row.line, {name.casefold(): cell for name, cell in row.cells.items()}) for row in read_rows(path, ())]
    columns = _Columns(rows[0].cells, path.name) if rows else None
    if columns is None:
        raise InputError(f"Expected rows of boxes in {path.name}, found none.")
    fractions = columns.are_fractions(rows)
    denies = False
    for row in rows:
        with gathering.sparing(row.line):
            name = row.text(columns.image)
            size = None if fractions else columns.size(row)
            image = gathering.image(
                stem_of(name.replace("\\", "/")),
                image=name,
                patient=row.get(columns.patient),
                size=size,
                fractions=fractions,
            )
            word, reader = row.get(columns.label), row.get(columns.reader)
            if row.empty(*columns.box):
                denies |= _nothing(word)
                if not _nothing(word):
                    raise InputError(f"expected a box for {word[:60]!r}, found none; reader {reader or 'unnamed'}")
                gathering.say(image, "No Finding", True, row.line, reader=reader)
            else:
                box = columns.corners(row, UNIT if fractions else 1)
                gathering.mark(image, row.text(columns.label), box, row.line, reader=reader)
    if denies:
        gathering.look_for(gathering.marked)


def _nothing(word: str) -> bool:
    meaning = COMMON.meaning(word)
    return not word or (meaning is not None and meaning.finding == "No Finding")


class _Columns:
    """Which columns hold what.

    Raises:
        InputError: one is missing, or boxes stand in two ways.
    """

    def __init__(self, header: Collection[str], name: str) -> None:
        self.image, self.label = self._one(_IMAGES, header, "image", name), self._one(_LABELS, header, "label", name)
        self.reader = next((column for column in _READERS if column in header), "")
        self.patient = next((column for column in _PATIENTS if column in header), "")
        corners = [four for four in _CORNERS if set(four) <= set(header)]
        sides = [four for four in _SIDES if set(four) <= set(header)]
        found = corners + sides
        if len(found) != 1:
            ways = " and ".join(",".join(four) for four in found) or "none"
            raise InputError(
                f"Expected boxes in {name} either as corners ({','.join(_CORNERS[0])}) or as a corner and sides "
                f"({','.join(_SIDES[1])}), found {ways}; keep one."
            )
        self.box, self._has_sides = found[0], bool(sides)
        sizes = [two for two in _SIZES if set(two) <= set(header) and not set(two) & set(self.box)]
        self._size = sizes[0] if sizes else None

    def are_fractions(self, rows: Sequence[Row]) -> bool:
        """Whether all coordinates are fractions of the images' sides: none is above 1."""
        values = [row.get(column) for row in rows for column in self.box]
        try:
            numbers = [float(value) for value in values if value]
        except ValueError:
            return False
        return bool(numbers) and all(value <= 1 for value in numbers)

    def size(self, row: Row) -> tuple[int, int] | None:
        """The (height, width) that a row states."""
        if self._size is None or row.empty(*self._size):
            return None
        height, width = row.numbers(*self._size)
        return int(height), int(width)

    def corners(self, row: Row, unit: float) -> Box:
        """The box of a row."""
        x0, y0, x1, y1 = (unit * value for value in row.numbers(*self.box))
        return Box(x0, y0, x0 + x1, y0 + y1) if self._has_sides else Box(x0, y0, x1, y1)

    @staticmethod
    def _one(names: Sequence[str], header: Collection[str], what: str, name: str) -> str:
        found = next((column for column in names if column in header), None)
        if found is None:
            shown = ", ".join(header)[:200]
            raise InputError(f"Expected a column of the {what} ({', '.join(names)}) in {name}, found {shown!r}.")
        return found


ENTRY = SourceEntry(
    key="csv",
    label="CSV of boxes",
    words="Boxes of your own, a row each: image_id, label, x_min, y_min, x_max, y_max (or x, y, width, height), and "
    "where wanted image_width and image_height, reader, patient; pixels, or fractions where none is above 1. Rows "
    "without a box say that nothing was found; without any such, findings that are not marked are unknown.",
    paper="your own, 2026",
    open=Layout("csv", "a table *.csv", _splits, _read, "table of boxes").open,
    labels=COMMON,
    forms=("box",),
    needs_images=False,
)
