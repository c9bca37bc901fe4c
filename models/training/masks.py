"""Radiologists' masks of training images, decoded once and kept as bits in one memory-mapped file per split."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from tqdm import tqdm

from data_cache.chexlocalize.drawings import read_masks
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.masks import Rle
from data_cache.store import write_bytes

EMPTY, UNKNOWN = -1, -2


@dataclass(frozen=True)
class MaskCache:
    """The masks of a split's images, squares of `size` pixels, in a file of bits.

    Attributes:
        file: the masks that are not empty, `count` × size × ⌈size / 8⌉ bytes.
        index: int32 (n, 14), for each row of the label table and each finding the mask's number in the file, `EMPTY`
            or `UNKNOWN`.
        inside: float64 (14,), the share of pixels inside over all known masks; NaN for a finding without any.
    """

    file: Path
    count: int
    size: int
    index: np.ndarray
    inside: np.ndarray

    def masks(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Return which findings of an image have masks that are not empty, int (k,), and these, uint8 (k, s, s)."""
        findings = np.flatnonzero(self.index[row] >= 0)
        shape = (self.count, self.size, -(-self.size // 8))
        bits = np.memmap(self.file, np.uint8, "r", shape=shape)[self.index[row, findings]] if len(findings) else None
        if bits is None:
            return findings, np.zeros((0, self.size, self.size), np.uint8)
        return findings, np.unpackbits(bits, axis=2, count=self.size)

    def positive_weights(self, cap: float) -> np.ndarray:
        """Return pixels outside / inside by finding, float32 (14,), between 1 and a cap; 1 where none is known."""
        with np.errstate(divide="ignore"):
            ratios = (1 - self.inside) / self.inside
        return np.clip(np.nan_to_num(ratios, nan=1.0, posinf=1.0), 1, cap).astype(np.float32)


def case_id(path: str) -> str:
    """Return what CheXlocalize calls the image of a path: patient00001_study1_view1_frontal."""
    place = PurePosixPath(path)
    return "_".join((*place.parent.parts[-2:], place.stem))


def open_masks(file: Path, paths: tuple[str, ...], size: int, folder: Path, threads: int) -> MaskCache:
    """Return the masks of images, decoding them at the first call only.

    Each is cut to its central square and resized as its image is (`Geometry.mask_to_input`). An image that the file
    does not name, or a finding that it does not name there, is unknown.

    Args:
        file: CheXlocalize's JSON of segmentations, of any of the images.
        paths: the images as the label table names them.
        size: side of the squares in pixels.
        folder: where the decoded masks are kept.
        threads: how many are decoded at once.

    Raises:
        InputError: there is no such file, it is damaged, or it is of other images.
    """
    if not file.is_file():
        raise InputError(f"Expected the segmentations {file.name} in {file.parent}, found no such file.")
    ids = [case_id(path) for path in paths]
    status = file.stat()
    stamp = [str(file), status.st_size, status.st_mtime_ns, size, ids]
    key = hashlib.sha256(json.dumps(stamp).encode()).hexdigest()[:16]
    bits, table = folder / f"{key}.bits", folder / f"{key}.masks.json"
    found = _decoded_before(table, bits)
    if found is None:
        folder.mkdir(parents=True, exist_ok=True)
        found = _decode(read_masks(file), ids, file.name, size, bits, threads)
        write_bytes(table, json.dumps(found).encode())
    index = np.array(found["index"], np.int32).reshape(-1, len(FINDINGS))
    inside = np.array([np.nan if share is None else share for share in found["inside"]])
    return MaskCache(bits, found["count"], size, index, inside)


def _decoded_before(table: Path, bits: Path) -> dict[str, Any] | None:
    """What was written beside the bits; None where that is not there, or damaged."""
    try:
        found = json.loads(table.read_bytes())
        return found if bits.stat().st_size == found["bytes"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _decode(
    masks: Mapping[str, Mapping[str, Rle]], ids: list[str], name: str, size: int, bits: Path, threads: int
) -> dict[str, Any]:
    """Write all masks that are not empty to one file of bits, and return where each is."""
    if not any(one in masks for one in ids):
        first = next(iter(masks), "nothing")
        raise InputError(f"Expected segmentations of images such as {ids[0]} in {name}, found none of them ({first}).")
    index = np.full((len(ids), len(FINDINGS)), UNKNOWN, np.int32)
    filled: list[Rle] = []
    for row, one in enumerate(ids):
        for finding, mask in masks.get(one, {}).items():
            index[row, FINDINGS.index(finding)] = len(filled) if mask.area else EMPTY
            filled += [mask] if mask.area else []
    area = np.zeros(len(filled))
    with bits.open("wb") as file:
        length = max(1, len(filled) * size * -(-size // 8))
        os.posix_fallocate(file.fileno(), 0, length)  # a full disk is an error here, a crash later
    packed = np.memmap(bits, np.uint8, "r+", shape=(length,))
    stride = size * -(-size // 8)
    for number, mask in enumerate(tqdm(_squares(filled, size, threads), desc=f"Decoding {name}", total=len(filled))):
        packed[number * stride : (number + 1) * stride] = np.packbits(mask, axis=1).ravel()
        area[number] = mask.mean()
    packed.flush()
    return {"count": len(filled), "bytes": length, "index": index.tolist(), "inside": _inside(index, area)}


def _inside(index: np.ndarray, area: np.ndarray) -> list[float | None]:
    """Mean share of pixels inside by finding, over the known masks; None where there is none."""
    shares: list[float | None] = []
    for column in index.T:
        known = np.count_nonzero(column != UNKNOWN)
        shares.append(float(area[column[column >= 0]].sum() / known) if known else None)
    return shares


def _squares(masks: list[Rle], size: int, threads: int) -> Iterator[np.ndarray]:
    chunk = 64 * threads  # only so many decoded masks wait in memory at once
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(masks), chunk):
            yield from pool.map(lambda mask: _square(mask, size), masks[start : start + chunk])


def _square(mask: Rle, size: int) -> np.ndarray:
    return Geometry(*mask.size, size).mask_to_input(mask.decode())
