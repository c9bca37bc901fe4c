"""Radiographs for training, decoded once and kept as square 8-bit images in one memory-mapped file per split."""

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data_cache.errors import InputError
from data_cache.images import preprocess, read_radiograph
from data_cache.store import write_bytes
from models.training.labels import LabelTable


@dataclass(frozen=True)
class ImageCache:
    """Decoded images of one split in a file: `count` images of `size`² bytes.

    `rows` are the rows of the label table whose images could be read, `bad` the other images (path and reason).
    """

    file: Path
    count: int
    size: int
    rows: np.ndarray
    bad: tuple[tuple[str, str], ...]

    @property
    def images(self) -> np.ndarray:
        """uint8 (count, size, size), mapped from the file; opened anew, so that other processes get no copy of it."""
        return np.memmap(self.file, np.uint8, "r", shape=(self.count, self.size, self.size))


def find_image(root: Path, written: str) -> Path:
    """Return where an image written in a label file is on disk.

    CheXpert's files say `CheXpert-v1.0/valid/…` where the folder is `val/` or `valid/`, and CheXlocalize's say
    `test/…` for `CheXpert/test/…`: the first of these places that exists is taken. If none does, the plain one is
    returned, so that opening it fails with that name.
    """
    tail = written.removeprefix("CheXpert-v1.0-small/").removeprefix("CheXpert-v1.0/")
    tails = [written, tail]
    if tail.startswith("valid/"):
        tails.append("val/" + tail.removeprefix("valid/"))
    places = [folder / text for text in tails for folder in (root, root / "CheXpert")]
    return next((place for place in places if place.is_file()), places[0])


def open_cache(table: LabelTable, root: Path, size: int, folder: Path, threads: int) -> ImageCache:
    """Return the decoded images of a split, decoding them at the first call only.

    Every image is cut to its central square, resized with antialiasing to size × size (the official preprocessing)
    and rounded to 8 bits. The file is named by the images' paths, lengths and times of change.
    """
    paths = [find_image(root, written) for written in table.paths]
    key = hashlib.sha256(json.dumps([size, [_stamp(path) for path in paths]]).encode()).hexdigest()[:16]
    pixels, index = folder / f"{key}.u8", folder / f"{key}.json"
    failures = _decoded_before(index, pixels, len(paths) * size * size)
    if failures is None:
        folder.mkdir(parents=True, exist_ok=True)
        failures = {str(row): why for row, why in _decode(paths, size, pixels, threads, table.name).items()}
        write_bytes(index, json.dumps(failures).encode())
    rows = np.array([i for i in range(len(paths)) if str(i) not in failures], dtype=np.int64)
    return ImageCache(pixels, len(paths), size, rows, tuple((table.paths[int(i)], why) for i, why in failures.items()))


def _decoded_before(index: Path, pixels: Path, length: int) -> dict[str, str] | None:
    """Which rows could not be read when the images were decoded, and why; None where that is not there, or damaged."""
    try:
        failures = json.loads(index.read_bytes())
        whole = (
            isinstance(failures, dict) and pixels.stat().st_size == length
        )  # a mapped file that ends early is a crash
    except (OSError, ValueError):
        return None
    return failures if whole else None


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return str(path), -1, -1
    return str(path), status.st_size, status.st_mtime_ns


def _decode(paths: list[Path], size: int, pixels: Path, threads: int, name: str) -> dict[int, str]:
    """Write the images of all paths to one file and return why some could not be read, by row."""
    with pixels.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, len(paths) * size * size)  # a full disk is an error here, a crash later
    images = np.memmap(pixels, np.uint8, "r+", shape=(len(paths), size, size))
    bad: dict[int, str] = {}
    for row, result in tqdm(_squares(paths, size, threads), desc=f"Decoding {name}", total=len(paths), unit="image"):
        if isinstance(result, str):
            bad[row] = result
        else:
            images[row] = result
    images.flush()
    return bad


def _squares(paths: list[Path], size: int, threads: int) -> Iterator[tuple[int, np.ndarray | str]]:
    chunk = 8 * threads  # only so many decoded images wait in memory at once
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(paths), chunk):
            yield from enumerate(pool.map(lambda path: _square(path, size), paths[start : start + chunk]), start)


def _square(path: Path, size: int) -> np.ndarray | str:
    """Return a square uint8 image, or why there is none."""
    try:
        image, _ = preprocess(read_radiograph(path, path.name), size)
    except InputError as error:
        return str(error)
    except OSError as error:
        return f"{path.name}: {error.strerror or error}"
    return np.rint(image * 255).astype(np.uint8)


def check_images(name: str, cache: ImageCache, on_bad_image: str) -> str | None:
    """Stop at images that could not be read, or return a line that names and counts them (None: all could be read).

    Raises:
        InputError: there are such images and the config says stop, or nothing is left.
    """
    if not cache.bad:
        return None
    path, reason = cache.bad[0]
    count = f"{len(cache.bad)} of {len(cache.bad) + len(cache.rows)} images of {name}"
    what = f"{count} could not be read (first: {path}: {reason.rstrip('.')})"
    if on_bad_image == "stop":
        raise InputError(f"Expected readable images, found that {what}; mend them or set data.on_bad_image to skip.")
    if not len(cache.rows):
        raise InputError(f"Expected at least one readable image, found that {what}.")
    return f"Skipped: {what}."
