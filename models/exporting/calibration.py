"""Images that tell an int8 graph how large its activations are: simulated radiographs, or those of a folder."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.images.preprocessing import preprocess
from data_cache.images.reading import read_radiograph
from models.exporting.images import phantoms

FloatArray = NDArray[np.float32]

COUNT = 32
_FIRST = 101  # patients whom no comparison with PyTorch shows


def calibration_images(side: int, folder: Path | None = None) -> FloatArray:
    """Simulated radiographs, or the first that can be read below a folder, by name; at most `COUNT`.

    Args:
        side: of the images in pixels.
        folder: of images in any of the formats that are read; other files in it are passed over.

    Returns:
        (n, side, side) float32 in [0, 1].

    Raises:
        InputError: there is no such folder, or no image in it.
    """
    if folder is None:
        return phantoms(side, COUNT, _FIRST)
    if not folder.is_dir():
        raise InputError(f"Expected a folder of images to calibrate on at {folder}, found none; name another one.")
    found = [image for _, image in zip(range(COUNT), _readable(folder, side), strict=False)]
    if not found:
        raise InputError(f"Expected images to calibrate on in {folder}, found none that can be read; name another one.")
    return np.stack(found)


def _readable(folder: Path, side: int) -> Iterator[FloatArray]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            radiograph = read_radiograph(path)
        except InputError:
            continue
        yield preprocess(radiograph, side)[0]
