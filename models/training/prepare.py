"""CheXpert's radiographs cut to squares and made smaller, once, as the published recipe does before training.

Departures from the published script: the image goes through this project's reader (which refuses what is no single
grey radiograph), a finished file is recognised by its name, and files are written beside their place and then renamed.
"""

import io
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from data_cache.errors import InputError
from data_cache.images import read_radiograph
from models.training.images import find_image

JPEG_QUALITY = 100


@dataclass(frozen=True)
class Prepared:
    """What became of one image: "written", "kept" (it was there already), or why it could not be read."""

    path: str
    outcome: str

    @property
    def bad(self) -> bool:
        """Whether the image could not be prepared."""
        return self.outcome not in ("written", "kept")


def square(pixels: np.ndarray, size: int) -> Image.Image:
    """Cut a radiograph to its central square and resize it with Lanczos' filter.

    Args:
        pixels: (h, w) float32 in [0, 1].
        size: side of the result in pixels.

    Returns:
        an 8-bit grey image of size × size. The margins are rounded down at the left and the top, as published.
    """
    height, width = pixels.shape
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    grey = Image.fromarray(np.rint(pixels * 255).astype(np.uint8))
    return grey.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.LANCZOS)


def label_files(root: Path) -> list[Path]:
    """Return the CSV files with a column Path in a data set's folder or its folder CheXpert.

    Raises:
        InputError: there is none.
    """
    found = [
        path
        for folder in (root, root / "CheXpert")
        for path in sorted(folder.glob("*.csv"))
        if "Path" in path.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip().split(",")
    ]
    if not found:
        raise InputError(f"Expected CSV files with a column Path in {root}, found none; give CheXpert's folder.")
    return found


def list_images(tables: list[Path]) -> list[str]:
    """Return the images that label files name, each once, as written."""
    return list(dict.fromkeys(text.strip() for table in tables for text in pd.read_csv(table, dtype=str)["Path"]))


def prepare_images(root: Path, out: Path, paths: list[str], size: int, threads: int) -> Iterator[Prepared]:
    """Prepare images in the given order and tell what became of each."""
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(lambda written: _prepare(root, out, written, size), paths)


def copy_tables(root: Path, out: Path, tables: list[Path]) -> None:
    """Put the label files at the same places beside the prepared images."""
    for table in tables:
        target = out / table.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(table, target)


def _prepare(root: Path, out: Path, written: str, size: int) -> Prepared:
    source = find_image(root, written)
    try:
        target = (out / source.relative_to(root)).with_suffix(".jpg")
        if target.is_file():
            return Prepared(written, "kept")
        image = square(read_radiograph(source, source.name).pixels, size)
    except (InputError, OSError) as error:
        return Prepared(written, str(error))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    partial.write_bytes(buffer.getvalue())
    partial.replace(target)
    return Prepared(written, "written")
