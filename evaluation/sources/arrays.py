"""One array file of a heat map: .npy, .npz, .safetensors or .png, whatever it holds, read or refused in one sentence.

Nothing is mapped (a file that is cut short while it is mapped ends the process) and nothing is allocated on a header's
word alone: the numbers must be there.
"""

import math
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from data_cache.archives import read_members
from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.images.channels import grey_values
from data_cache.images.quiet import quiet
from data_cache.store import read_tensors
from evaluation.sources.base import LARGEST_MAP

Arrays = dict[str, NDArray]
_MOST_BYTES = 8 * LARGEST_MAP + (1 << 16)
_MOST_MEMBERS = 100
_LONGEST_HEADER = 10_000
_VERSIONS = ((1, 0), (2, 0), (3, 0))
_MAP, _PROBABILITY = "map", "probability"
_KEPT = 2.0**-8  # of float32's 24 bits, 16 are left for the differences
_SMALLEST, _LARGEST = 2.0**-100, 2.0**127


def read_map(path: Path) -> tuple[NDArray, float]:
    """Return a file's map, of any shape and type of numbers, and the probability beside it (NaN where there is none).

    Raises:
        InputError: it is damaged, too large, or holds no map.
    """
    arrays = READERS[path.suffix](path)
    return _map_of(arrays, path.name), _probability(arrays.get(_PROBABILITY))


def _read_npy(path: Path) -> Arrays:
    return {_MAP: _array(read_file(path, "an array", _MOST_BYTES), path.name)}


def _read_npz(path: Path) -> Arrays:
    data = read_file(path, "arrays", _MOST_BYTES)
    names = [one for one in read_members(data, path.name, _MOST_MEMBERS, (), _MOST_BYTES) if one.endswith(".npy")]
    chosen = [name for name in names if name in (f"{_MAP}.npy", f"{_PROBABILITY}.npy")] or names
    if len(chosen) == 1 and chosen[0] == f"{_PROBABILITY}.npy":
        chosen = names
    members = read_members(data, path.name, _MOST_MEMBERS, chosen, _MOST_BYTES)
    return {name.removesuffix(".npy"): _array(members[name], f"{name} of {path.name}") for name in chosen}


def _array(data: bytes, name: str) -> NDArray:
    """The array of an .npy file, a view of its bytes (NumPy's format, versions 1 to 3)."""
    file = BytesIO(data)
    with quiet(), guarded(InputError(f"Expected an array in {name}, found a damaged or different file.")):
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read_header(file, max_header_size=_LONGEST_HEADER)
        if version not in _VERSIONS or not all(type(side) is int and side >= 0 for side in shape):
            raise ValueError("no such version, or no such shape")
        count = math.prod(shape)
    if dtype.kind not in "fiub":
        found = "Python objects, which are not read" if dtype.hasobject else str(dtype)[:40]
        raise InputError(f"Expected an array of numbers in {name}, found {found}.")
    if count > LARGEST_MAP:
        raise InputError(f"Expected at most {LARGEST_MAP} values in {name}, found {count}.")
    if count * dtype.itemsize > len(data) - file.tell():
        raise InputError(f"Expected {count} numbers in {name}, found fewer: it is cut short.")
    return np.frombuffer(data, dtype, count, file.tell()).reshape(shape, order="F" if fortran else "C")


def _read_safetensors(path: Path) -> Arrays:
    try:
        return read_tensors(path)[0]
    except FileNotFoundError:
        raise InputError(f"Expected an array in {path.name}, found no such file.") from None


def _read_png(path: Path) -> Arrays:
    return {_MAP: grey_values(read_file(path, "a picture", _MOST_BYTES), path.name, LARGEST_MAP)}


READERS: dict[str, Callable[[Path], Arrays]] = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".safetensors": _read_safetensors,
    ".png": _read_png,
}


def _map_of(arrays: Arrays, name: str) -> NDArray:
    if _MAP in arrays:
        return arrays[_MAP]
    others = [other for other in arrays if other != _PROBABILITY]
    if len(others) != 1:
        found = ", ".join(others)[:100] or "none"
        raise InputError(f"Expected an array called map in {name}, found {' '.join(found.split())}.")
    return arrays[others[0]]


def _probability(stored: NDArray | None) -> float:
    """A number between 0 and 1; whatever else stands there is none."""
    if stored is None or stored.size != 1 or stored.dtype.kind not in "fiu":
        return math.nan
    value = float(stored.reshape(-1)[0])
    return value if 0 <= value <= 1 else math.nan


def ordered(values: NDArray) -> NDArray:
    """Bring numbers to float32 without losing their order, which is all that counts in a map of one's own.

    Where float32 cannot hold their differences (64-bit numbers with a large offset, or of a tiny or a huge range), they
    are scaled to [0, 1], as thresholds do anyway; all others keep their values, and so does what is no map.

    Args:
        values: of any shape and type.
    """
    if values.ndim != 2 or not values.size or values.dtype.kind not in "fiu" or values.dtype.itemsize < 4:
        return values
    if values.dtype == np.float32 or not np.isfinite(values).all():
        return values
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        half = values.dtype.type(0.5)  # the range of the largest numbers is none
        halves = values * half - low * half
        span, size = 2.0 * float(halves.max()), float(max(abs(low), abs(high)))
        if low == high or (size < _LARGEST and span > max(size * _KEPT, _SMALLEST)):
            return values
        return halves / halves.max()
    span, size = int(high) - int(low), max(abs(int(low)), abs(int(high)))
    if low == high or span > size * _KEPT:
        return values
    return (values.astype(np.uint64) - np.uint64(int(low) % (1 << 64))) / span
