"""How large radiographs are, where a dataset of gaze does not say it."""

from collections.abc import Collection, Mapping
from pathlib import Path

from data_cache.csv_tables import read_table
from data_cache.errors import InputError
from data_cache.images import image_size

_TABLES = ("mimic-cxr-2.0.0-metadata.csv", "mimic-cxr-2.0.0-metadata.csv.gz")
_ENDINGS = ("jpg", "jpeg", "png", "dcm")
WHERE = f"put {_TABLES[0]} or images/<id>.jpg, .png or .dcm there"


def sizes_of(root: Path, ids: Collection[str]) -> Mapping[str, tuple[int, int]]:
    """Return the (height, width) of those radiographs whose size MIMIC-CXR's table or an image below `root` tells.

    Raises:
        InputError: the table is there and cannot be read.
    """
    found: dict[str, tuple[int, int]] = {}
    table = next((root / name for name in _TABLES if (root / name).is_file()), None)
    for row in read_table(table, ("dicom_id", "Rows", "Columns"), "MIMIC-CXR's metadata") if table else ():
        if row["dicom_id"] in ids:
            height, width = row.numbers("Rows", "Columns")
            found[row["dicom_id"]] = (int(height), int(width))
    for name in set(ids) - set(found):
        size = _size(root / "images", name)
        if size is not None:
            found[name] = size
    return found


def _size(folder: Path, name: str) -> tuple[int, int] | None:
    for ending in _ENDINGS:
        path = folder / f"{name}.{ending}"
        if path.is_file():
            try:
                width, height = image_size(path)
            except InputError:
                return None
            return height, width
    return None
