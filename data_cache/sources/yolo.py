"""YOLO folders: a text file an image, `class x y width height` or `class x1 y1 x2 y2 …`, in fractions of its sides."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.label_mapping import COMMON
from data_cache.marks import Box, Polygon, Shape
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import UNIT, Gathering
from data_cache.sources.tables import number
from data_cache.yaml_files import read_yaml

_LABELS, _IMAGES = "labels", "images"
_LISTS = ("classes.txt", "obj.names")
_MOST_BYTES = 1 << 24
_SLACK = 1e-3  # of a side, by which rounding may push a shape over the border
_ENDINGS = {".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".tif", ".tiff", ".webp", ".bmp"}


def _splits(root: Path) -> dict[str, Path]:
    """Folders of labels: labels/<split>, <split>/labels, or labels itself."""
    found = {path.name: path for path in sorted(root.glob(f"{_LABELS}/*/"))}
    found |= {path.parent.name: path for path in sorted(root.glob(f"*/{_LABELS}/"))}
    whole = root / _LABELS
    return found or ({"all": whole} if whole.is_dir() else {})


def _read(folder: Path, gathering: Gathering) -> None:
    names = _names(folder)
    gathering.look_for(names.values())
    for file in sorted(folder.glob("*.txt")):
        if file.name not in _LISTS:
            with gathering.sparing(0, f"{file.name}, line"):
                _read_file(file, names, gathering)
    unlabelled = _images_of(folder)
    for path in sorted(unlabelled.iterdir()) if unlabelled.is_dir() else ():
        if path.suffix.casefold() in _ENDINGS and path.stem not in gathering.images:
            with gathering.sparing(0, path.name):
                gathering.image(path.stem, fractions=True)  # nothing on it, as YOLO has it


def _read_file(file: Path, names: dict[int, str], gathering: Gathering) -> None:
    image = gathering.image(file.stem, fractions=True)
    text = read_file(file, "labels", _MOST_BYTES).decode("utf-8", "replace")
    for line, cells in enumerate(map(str.split, text.splitlines()), 1):
        if cells:
            with gathering.sparing(line, f"{file.name}, line"):
                gathering.mark(image, _name(cells[0], names), _shape(cells[1:]), line)


def _name(cell: str, names: dict[int, str]) -> str:
    if not cell.isdecimal() or int(cell) not in names:
        raise InputError(f"expected the number of a class, 0 to {max(names)}, found {cell[:60]!r}")
    return names[int(cell)]


def _shape(cells: Sequence[str]) -> Shape:
    values = [number(cell, "a coordinate") for cell in cells]
    if len(values) == 5:
        raise InputError("expected four numbers of a box, found five; these are predictions with how sure they are")
    if len(values) != 4 and (len(values) < 6 or len(values) % 2):
        raise InputError(f"expected four numbers of a box, or an outline of three points or more, found {len(values)}")
    if len(values) == 4:
        x, y, width, height = values
        corners = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
    else:
        corners = values
    if not all(-_SLACK <= value <= 1 + _SLACK for value in corners):
        raise InputError("expected fractions of the image's sides, from 0 to 1, found others; are they pixels?")
    scaled = [UNIT * value for value in corners]
    return Box(*scaled) if len(values) == 4 else Polygon(np.array(scaled, np.float64).reshape(-1, 2))


def _names(folder: Path) -> dict[int, str]:
    """The classes by number: of data.yaml, or a list, above the labels."""
    for above in (folder, *list(folder.parents)[:3]):
        for path in sorted(above.glob("*.yaml")) + sorted(above.glob("*.yml")):
            content = read_yaml(path, "the classes of a YOLO dataset")
            if "names" in content:
                return _numbered(content["names"], path.name)
        for path in (above / name for name in _LISTS):
            if path.is_file():
                text = read_file(path, "a list of classes", _MOST_BYTES).decode("utf-8", "replace")
                return dict(enumerate(line.strip() for line in text.splitlines() if line.strip()))
    raise InputError(f"Expected data.yaml or classes.txt above {folder}, found none; say what the classes are.")


def _numbered(names: Any, file: str) -> dict[int, str]:
    pairs = (
        list(names.items()) if isinstance(names, dict) else list(enumerate(names if isinstance(names, list) else ()))
    )
    try:
        found = {int(key): str(name) for key, name in pairs}
    except (TypeError, ValueError):
        found = {}
    if not found:
        raise InputError(f"Expected the classes as `names` in {file}, a list or by number, found none.")
    return found


def _images_of(labels: Path) -> Path:
    """The folder of images that belongs to one of labels: the same path with images in place of labels."""
    if labels.name == _LABELS:
        return labels.parent / _IMAGES
    return labels.parent.parent / _IMAGES / labels.name


ENTRY = SourceEntry(
    key="yolo",
    label="YOLO folders",
    words="Boxes and polygons of your own, a text file an image in labels/<split> or <split>/labels, the classes in "
    "data.yaml or classes.txt. An image without marks is taken to have none of the classes.",
    paper="Redmon et al., You only look once, CVPR 2016",
    open=Layout("yolo", "a folder labels", _splits, _read, "YOLO annotations").open,
    labels=COMMON,
    forms=("box", "polygon"),
    needs_images=False,
)
