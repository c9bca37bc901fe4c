"""Curves of a cohort as one compact file that Python and the browser read: about 250 bytes a map.

    uint32 little endian   length of the header
    header                 JSON: {"about": …, "arrays": [{"name", "dtype", "shape", "form"}, …]}
    arrays                 one after the other, little endian, rows first; all of it compressed by gzip

An array of the form "plain" stands as it is. One of the form "falling" holds, along the last axis, counts that never
grow, and further columns that are not part of the row: it is stored as uint32 differences to the next count, the four
bytes of the numbers in four planes, which compress well.
"""

import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.guarding import guarded
from evaluation.cohort.curves import STEPS, CohortCurves
from evaluation.problems import Problem

_FALLING = ("above", "inside")
_DTYPES = {
    "pair_finding": "uint8",
    "pair_case": "uint16",
    "mask": "uint32",
    "pixels": "uint32",
    "states": "uint8",
    "probability": "float32",
    "above": "uint32",
    "inside": "uint32",
    "otsu": "float32",
    "hit": "float32",
    "pointing": "float32",
    "ceilings": "float64",
    "people": "float64",
    "floors": "float64",
}
_WIDE = {"pair_finding", "pair_case", "mask", "pixels", "above", "inside"}  # computed with as int64


def pack(curves: CohortCurves, about: Mapping[str, Any]) -> bytes:
    """Write curves and what is to be known about them (JSON values); the same curves give the same bytes."""
    arrays, parts = [], []
    for name, dtype in _DTYPES.items():
        array = np.ascontiguousarray(getattr(curves, name)).astype(np.dtype(dtype).newbyteorder("<"))
        form = "falling" if name in _FALLING else "plain"
        arrays.append({"name": name, "dtype": dtype, "shape": list(array.shape), "form": form})
        parts.append(_falling(array) if form == "falling" else array.tobytes())
    names = {"methods": curves.methods, "cases": curves.cases, "findings": curves.findings}
    problems = [[one.kind, one.subject, one.sentence] for one in curves.problems]
    header = json.dumps({"about": {**names, "problems": problems, **about}, "arrays": arrays}).encode()
    return gzip.compress(len(header).to_bytes(4, "little") + header + b"".join(parts), 9, mtime=0)


def unpack(content: bytes) -> tuple[CohortCurves, dict[str, Any]]:
    """Read what `pack` wrote: the curves, and what is to be known about them.

    Raises:
        InputError: the content is something else, or damaged.
    """
    with guarded(InputError("Expected packed curves of a cohort, found something else; have them made again.")):
        return _unpack(gzip.decompress(content))


def _unpack(data: bytes) -> tuple[CohortCurves, dict[str, Any]]:
    at = 4 + int.from_bytes(data[:4], "little")
    header = json.loads(data[4:at])
    about = header["about"]
    arrays: dict[str, Any] = {}
    for entry in header["arrays"]:
        name, dtype, shape = entry["name"], np.dtype(entry["dtype"]).newbyteorder("<"), entry["shape"]
        size = dtype.itemsize * int(np.prod(shape))
        part = data[at : at + size]
        array = _risen(part, shape) if entry["form"] == "falling" else np.frombuffer(part, dtype).reshape(shape)
        arrays[name] = array.astype(np.int64) if name in _WIDE else array.astype(np.dtype(entry["dtype"]))
        at += size
    problems = tuple(Problem(*one) for one in about["problems"])
    methods, cases, findings = (tuple(about[name]) for name in ("methods", "cases", "findings"))
    return CohortCurves(methods, cases, findings, **arrays, problems=problems), about


def _falling(counts: NDArray[np.uint32]) -> bytes:
    steps = counts.copy()
    steps[..., :STEPS] -= counts[..., 1 : STEPS + 1]
    return np.ascontiguousarray(np.moveaxis(steps.view(np.uint8).reshape(*steps.shape, 4), -1, 0)).tobytes()


def _risen(part: bytes, shape: list[int]) -> NDArray[np.uint32]:
    planes = np.frombuffer(part, np.uint8).reshape(4, *shape)
    steps = np.ascontiguousarray(np.moveaxis(planes, 0, -1)).view("<u4")[..., 0].astype(np.uint32)
    row = steps[..., : STEPS + 1]
    row[...] = np.cumsum(row[..., ::-1], axis=-1, dtype=np.uint32)[..., ::-1]
    return steps
