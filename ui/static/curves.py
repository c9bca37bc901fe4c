"""Curves of a cohort in the files of a site: what `evaluation.cohort.files` packs, to the bit, in fewer bytes.

    zlib of  uint32 little endian, length of the header; the header; arrays: all as there, but
    header   may say "beside": the address of the same cohort's curves in another alignment, of the same shapes
    "plain"  beside others: XOR with their bytes
    "falling"  maps by case, then finding; of each bin (the difference to the next count), and of the columns after the
             grid, what it has more than was foreseen, x as 2·x, −x as 2·x − 1, in four planes of bytes

Foreseen are as many pixels above a threshold as beside; alone, as in the next bin. Of these inside the mask: the share
that is inside beside; alone, in the next two bins. js/static/curves.js reads it.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.cohort.curves import STEPS

Bins = NDArray[np.int64]
THOROUGHLY = 9  # zlib's level


def tightened(content: bytes, base: bytes | None = None, beside: str = "") -> bytes:
    """Return packed curves as a site has them.

    Args:
        content: what `evaluation.cohort.files.pack` gave.
        base: the same of the cohort in another alignment; used where its arrays have the same shapes.
        beside: the address of that one's.
    """
    header, parts = _parts(content)
    known: dict[str, bytes] = {}
    if base is not None:
        other, there = _parts(base)
        if other["arrays"] == header["arrays"]:
            header["beside"], known = beside, there
    falling = dict(_falling(header["arrays"], parts, known))
    said = json.dumps(header).encode()
    written = (falling[name] if name in falling else _beside(part, known.get(name)) for name, part in parts.items())
    return squeezed(len(said).to_bytes(4, "little") + said + b"".join(written), (_DIFFERENCES,))


_TEXTS, _DIFFERENCES = zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED


def squeezed(data: bytes, ways: Sequence[int] = (_TEXTS, _DIFFERENCES)) -> bytes:
    """Pack bytes by zlib, in that one of its ways which takes less: for texts, or for differences."""
    packers = (zlib.compressobj(THOROUGHLY, zlib.DEFLATED, 15, 9, way) for way in ways)
    return min((packer.compress(data) + packer.flush() for packer in packers), key=len)


def _parts(content: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    data = gzip.decompress(content)
    at = 4 + int.from_bytes(data[:4], "little")
    header: dict[str, Any] = json.loads(data[4:at])
    parts: dict[str, bytes] = {}
    for entry in header["arrays"]:
        size = np.dtype(entry["dtype"]).itemsize * int(np.prod(entry["shape"]))
        parts[entry["name"]] = data[at : at + size]
        at += size
    return header, parts


def _beside(part: bytes, known: bytes | None) -> bytes:
    if known is None:
        return part
    return (np.frombuffer(part, np.uint8) ^ np.frombuffer(known, np.uint8)).tobytes()


def _falling(
    entries: list[dict[str, Any]], parts: dict[str, bytes], known: dict[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    shape = next(entry["shape"] for entry in entries if entry["name"] == "above")
    above, inside = (_bins(parts[name], shape) for name in ("above", "inside"))
    if known:
        total, marked = (_bins(known[name], shape) for name in ("above", "inside"))
        foreseen = total
    else:
        foreseen = _next(above, 1)
        total, marked = (_next(bins, 1) + _next(bins, 2) for bins in (above, inside))
    order = np.argsort(np.frombuffer(parts["pair_case"], "<u2"), kind="stable")
    yield "above", _planes((above - foreseen)[:, order])
    yield "inside", _planes((inside - above * marked // np.maximum(total, 1))[:, order])


def _bins(part: bytes, shape: list[int]) -> Bins:
    planes = np.moveaxis(np.frombuffer(part, np.uint8).reshape(4, *shape), 0, -1)
    return np.ascontiguousarray(planes).view("<u4")[..., 0].astype(np.int64)


def _next(bins: Bins, further: int) -> Bins:
    """What stands so much further in the grid; 0 beyond it."""
    found = np.zeros_like(bins)
    found[..., : STEPS + 1 - further] = bins[..., further : STEPS + 1]
    return found


def _planes(more: Bins) -> bytes:
    signed = np.where(more >= 0, 2 * more, -2 * more - 1).astype("<u4")
    return np.moveaxis(np.ascontiguousarray(signed).view(np.uint8).reshape(*more.shape, 4), -1, 0).tobytes()
