"""NumPy's numbers and arrays in pickles, read by the restricted reader: a name is admitted, nothing of NumPy is called.

What the pickle says of them becomes records, of which `array_of` makes an array when it is asked for one.
"""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from data_cache.restricted_pickle import Damaged, Record, inert

_NUMBERS = re.compile(r"[fiu][1248]|b1|U[0-9]{1,3}")
_MOST_DIMENSIONS = 16


def _records() -> dict[tuple[str, str], object]:
    named: dict[tuple[str, str], object] = {
        ("numpy", "dtype"): inert("numpy", "dtype"),
        ("numpy", "ndarray"): "numpy.ndarray",  # the type that goes with what is reconstructed
    }
    for core in ("numpy.core", "numpy._core"):
        named[f"{core}.multiarray", "_reconstruct"] = inert("numpy", "array")
        named[f"{core}.multiarray", "scalar"] = inert("numpy", "scalar")
        named[f"{core}.numeric", "_frombuffer"] = inert("numpy", "buffer")
    return named


_ADMITTED: Mapping[tuple[str, str], object] = MappingProxyType(_records())


def admit_numpy(module: str, name: str) -> object:
    """Let in what numbers and arrays of NumPy are made of, and nothing else."""
    return _ADMITTED.get((module, name))


def array_of(record: object) -> NDArray | None:
    """The array that a record stands for, a scalar as one of shape (); None of anything else.

    Raises:
        Damaged: it is none of numbers or text, or has more or fewer bytes than it says.
    """
    if not isinstance(record, Record):
        return None
    match record.name, record.arguments, record.state:
        case "numpy.scalar", (dtype, content), None:
            return _array(content, dtype, (), False)
        case "numpy.buffer", (content, dtype, shape, order, *_), None if order in ("C", "F"):
            return _array(content, dtype, shape, order == "F")
        case "numpy.array", _, (_, shape, dtype, bool(fortran), content):
            return _array(content, dtype, shape, fortran)
    return None


def _array(content: object, dtype: object, shape: object, fortran: bool) -> NDArray:
    if not isinstance(content, memoryview) or not isinstance(shape, tuple) or len(shape) > _MOST_DIMENSIONS:
        raise Damaged("an array that is none")
    if not all(type(side) is int and side >= 0 for side in shape):
        raise Damaged("a shape that is none")
    kind = _dtype(dtype)
    if len(content) != math.prod(shape) * kind.itemsize:
        raise Damaged("an array of another size than announced")
    return np.frombuffer(content, kind).reshape(shape, order="F" if fortran else "C")


def _dtype(record: object) -> np.dtype:
    if not isinstance(record, Record) or record.name != "numpy.dtype":
        raise Damaged("an array of no type")
    match record.arguments, record.state:
        case (str(code), *_), (_, ("<" | ">" | "|" | "=") as order, *_) if _NUMBERS.fullmatch(code):
            return np.dtype(order.replace("|", "=") + code)
    raise Damaged("an array of another type than numbers or text")
