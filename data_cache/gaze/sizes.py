"""How large radiographs are, where a dataset of gaze does not say it."""

from collections.abc import Collection, Mapping
from pathlib import Path

from data_cache.case_names import wrong_id
from data_cache.errors import InputError
from data_cache.gaze.tables import placed
from data_cache.images import image_size
from data_cache.sources.tables import find_table, read_rows

LONGEST_SIDE = 20_000
_TABLE = "mimic-cxr-2.0.0-metadata"
_ENDINGS = ("jpg", "jpeg", "png", "dcm")
WHERE = f"put {_TABLE}.csv or images/<id>.jpg, .png or .dcm there"


def sizes_of(root: Path, ids: Collection[str], problems: list[str]) -> Mapping[str, tuple[int, int]]:
    """Return the (height, width) of those radiographs whose size MIMIC-CXR's table or an image below `root` tells.

    A row of the table that states no size is named among the problems, and the others are used.

    Raises:
        InputError: the table is there and cannot be read.
    """
    found: dict[str, tuple[int, int]] = {}
    table = find_table(root, _TABLE)
    for row in read_rows(table, ("dicom_id", "Rows", "Columns")) if table else ():
        if table and row.get("dicom_id") in ids:
            try:
                with placed(table, row):
                    height, width = row.numbers("Rows", "Columns")
                    check_size(height, width)
                    found[row.get("dicom_id")] = (int(height), int(width))
            except InputError as error:
                problems.append(str(error))
    for name in set(ids) - set(found):
        size = _size(root / "images", name)
        if size is not None:
            found[name] = size
    return found


def check_size(height: float, width: float) -> None:
    """Refuse what is no size of a radiograph.

    Raises:
        InputError: it is not.
    """
    if not (1 <= height <= LONGEST_SIDE and 1 <= width <= LONGEST_SIDE):
        raise InputError(f"expected a radiograph's size, found {width:g}×{height:g}")


def _size(folder: Path, name: str) -> tuple[int, int] | None:
    if wrong_id(name):
        return None
    for ending in _ENDINGS:
        path = folder / f"{name}.{ending}"
        if path.is_file():
            try:
                width, height = image_size(path)
            except InputError:
                return None
            return height, width
    return None
