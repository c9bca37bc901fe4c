"""What radiologists drew: CheXlocalize/{gt,hb}_{segmentations,annotations}_<split>.json and the salient points."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.findings import known_finding
from data_cache.guarding import guarded
from data_cache.json_text import DATASET, parse_json
from data_cache.masks import Rle

Polygon = NDArray[np.float32]
Drawn = TypeVar("Drawn")
_SIZE_KEY = "img_size"
_MAX_SIDE, _SHOWN = 100_000, 100
_MOST_BYTES = 1_000_000 * DATASET.megabytes


def read_masks(path: Path) -> dict[str, dict[str, Rle]]:
    """Read segmentations: case → finding → mask. A case without entries keeps an empty mapping.

    Masks are not decoded here.

    Raises:
        InputError: the file is no such JSON.
    """
    return _read(path, _mask)


def read_contours(path: Path) -> dict[str, dict[str, tuple[Polygon, ...]]]:
    """Read annotations: case → finding → polygons, float32 (n, 2), (x, y).

    Raises:
        InputError: the file is no such JSON.
    """
    return _read(path, _polygons)


def read_points(path: Path) -> dict[str, dict[str, tuple[tuple[float, float], ...]]]:
    """Read the human benchmark's most salient points: case → finding → (x, y) points.

    Raises:
        InputError: the file is no such JSON.
    """
    return _read(path, _points)


def _read(path: Path, convert: Callable[[Any], Drawn]) -> dict[str, dict[str, Drawn]]:
    """Read case → finding → drawing; an absent file is an empty mapping, for not every split has every file."""
    if not path.exists():
        return {}
    content = parse_json(read_file(path, "drawings", _MOST_BYTES), path.name, "drawings", DATASET)
    if not isinstance(content, Mapping):
        raise InputError(f"Expected cases by id in {path.name}, found a {type(content).__name__}; download it again.")
    return {case: _case(entry or {}, convert, f"{case[:_SHOWN]} in {path.name}") for case, entry in content.items()}


def _case(entry: Any, convert: Callable[[Any], Drawn], place: str) -> dict[str, Drawn]:
    if not isinstance(entry, Mapping):
        raise InputError(f"Expected findings by name for {place}, found a {type(entry).__name__}; download it again.")
    drawn = {}
    for name, value in entry.items():
        if name == _SIZE_KEY:
            continue
        finding = known_finding(name)
        if finding is None:
            raise InputError(f"{place}: Unknown finding {name[:_SHOWN]!r}: expected CheXpert's; download it again.")
        with guarded(
            InputError(f"Expected a drawing of {name} for {place}, found something else; download the file again.")
        ):
            drawn[finding] = convert(value)
    return drawn


def _mask(value: Any) -> Rle:
    height, width = value["size"]
    if type(height) is not int or type(width) is not int:
        raise ValueError("no size")
    if not (0 < height <= _MAX_SIDE and 0 < width <= _MAX_SIDE and isinstance(value["counts"], str)):
        raise ValueError("no mask")
    return Rle((height, width), value["counts"])


def _polygons(value: Any) -> tuple[Polygon, ...]:
    polygons = tuple(np.asarray(polygon, dtype=np.float32).reshape(-1, 2) for polygon in value if len(polygon))
    if not all(np.isfinite(polygon).all() for polygon in polygons):
        raise ValueError("no polygons")
    return polygons


def _points(value: Any) -> tuple[tuple[float, float], ...]:
    points = tuple((float(x), float(y)) for x, y in value)
    if not np.isfinite(points).all():
        raise ValueError("no points")
    return points
