"""Finished gaze maps that come as grey PNG pictures."""

from pathlib import Path

import cv2
import numpy as np

from data_cache.bounded_files import read_file
from data_cache.case_names import wrong_id
from data_cache.errors import InputError
from data_cache.gaze.fixations import grid_of
from data_cache.gaze.gaze_map import GazeMap, unit_sum
from data_cache.images import image_size
from data_cache.images.channels import grey_values

_MOST_BYTES, _MOST_PIXELS = 1 << 28, 50_000_000
_LONGEST_PATH = 2000


def read_picture(
    path: Path, case: str, reader: str, size: tuple[int, int], finding: str | None, phrase: str
) -> GazeMap:
    """Read a picture as a gaze map of a radiograph of (height, width) `size`.

    Such pictures are scaled to their largest value, which their sum undoes. A picture of more pixels than `grid_of`
    gives is made smaller by the mean over areas.

    Raises:
        InputError: it is no grey PNG, or black.
    """
    values = grey_values(read_file(path, "a gaze map", _MOST_BYTES), path.name, _MOST_PIXELS).astype(np.float32)
    rows, columns = grid_of((values.shape[0], values.shape[1]))
    small = cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA)
    return GazeMap(case, reader, unit_sum(small.astype(np.float64), path.name), size, finding, phrase)


def picture_size(path: Path) -> tuple[int, int]:
    """Return a picture's (height, width).

    Raises:
        InputError: it is missing or no picture.
    """
    width, height = image_size(path)
    return height, width


def below(root: Path, named: str) -> Path:
    """Find a file below a root by the end of a path that somebody else's machine had.

    Raises:
        InputError: there is no such file.
    """
    parts = [part for part in named.replace("\\", "/").split("/") if part and part != "."]
    if ".." not in parts and "\0" not in named and len(named) <= _LONGEST_PATH:
        for start in range(len(parts)):
            path = root.joinpath(*parts[start:])
            if not any(map(wrong_id, parts[start:])) and path.is_file():
                return path
    raise InputError(f"Expected a file below {root.name} whose path ends like {named[-80:]!r}, found none.")
