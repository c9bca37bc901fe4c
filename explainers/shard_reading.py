"""Reading single rows of blocks, see `shards`: the header once, then only the bytes that are asked for.

Files are read rather than mapped: a mapped file that is cut short meanwhile ends the process. Sizes and the header are
checked; the SHA-256 in the ledger is not, since that would read a whole block for every row: bytes that were changed
where they stand are found by `explainers summary --check` alone.
"""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from data_cache.guarding import guarded
from data_cache.json_text import SMALL, parse_json
from data_cache.store import DamagedFile

_DTYPES: dict[str, np.dtype] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
_LONGEST_HEADER = 1 << 24
_MOST_VALUES = 50_000_000 * 14


@dataclass(frozen=True)
class _Tensor:
    dtype: np.dtype
    shape: tuple[int, ...]
    start: int  # in the file


@dataclass(frozen=True)
class Header:
    """What a block says of itself: its tensors, the cases of its rows, and what maps and predictions were made with."""

    path: Path
    tensors: Mapping[str, _Tensor]
    findings: tuple[str, ...]
    cases: tuple[Mapping[str, Any], ...]
    maps: Mapping[str, Mapping[str, Any]]
    predictions: Mapping[str, Mapping[str, Any]]


def read_header(path: Path) -> Header:
    """Read a block's header; of files that have not changed, from memory.

    Raises:
        DamagedFile: there is no block that can be read.
    """
    with _whole(path):
        status = path.stat()
        return _header(path, status.st_size, status.st_mtime_ns)


def read_row(header: Header, name: str, row: int) -> NDArray:
    """One row of a tensor.

    Raises:
        DamagedFile: there is no such tensor or row, or the file is cut short.
    """
    with _whole(header.path):
        tensor = header.tensors[name]
        count, *shape = tensor.shape
        values = math.prod(shape)
        if not 0 <= row < count or values > _MOST_VALUES:
            raise IndexError
        size = values * tensor.dtype.itemsize
        with header.path.open("rb") as file:
            file.seek(tensor.start + row * size)
            content = file.read(size)
        return np.frombuffer(content, tensor.dtype).reshape(shape)


def read_maps(header: Header, name: str, row: int) -> tuple[NDArray, dict[str, str]]:
    """The maps (14, h, w) of one case, and the text that stands beside them in a file of its own (see `outputs`).

    Raises:
        DamagedFile: as above.
    """
    maps = read_row(header, f"maps/{name}", row)
    with _whole(header.path):
        case, made = header.cases[row], dict(header.maps[name])
        size = made.pop("input_size")
        geometry = Geometry(int(case["height"]), int(case["width"]), int(size))
        text = {"image_sha256": case["image_sha256"], "geometry": geometry.to_json()}
        return maps, {**made, **text, "findings": json.dumps(header.findings)}


def read_section(header: Header, section: str, row: int) -> dict[str, Any]:
    """What prediction.json says about one case and model (see `outputs.prediction_section`).

    Raises:
        DamagedFile: as above.
    """
    with _whole(header.path):
        made = header.predictions[section]
        found: dict[str, Any] = {}
        for part in ("logits", "probabilities"):
            values = _plain(read_row(header, f"{part}/{section}", row))
            found[part] = dict(zip(header.findings, values, strict=True))
        found |= made
        found["image_sha256"] = header.cases[row]["image_sha256"]
        if f"patch_logits/{section}" in header.tensors:
            found["patch_logits"] = [_plain(one) for one in read_row(header, f"patch_logits/{section}", row)]
        return found


def _plain(values: NDArray) -> list[float | None]:
    return [None if number != number else number for number in values.tolist()]  # NaN is not JSON


@lru_cache(maxsize=64)
def _header(path: Path, size: int, _modified: int) -> Header:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > _LONGEST_HEADER:
            raise ValueError("a longer header than any")
        described = parse_json(file.read(length), path.name, "the header of a block", SMALL)
    text = described.pop("__metadata__")["block"]
    parts = parse_json(text.encode(), path.name, "the text of a block", SMALL)
    tensors = {name: _tensor(one, 8 + length, size) for name, one in described.items()}
    cases = tuple({**case} for case in parts["cases"])
    findings = tuple(map(str, parts["findings"]))
    return Header(path, tensors, findings, cases, {**parts["maps"]}, {**parts["predictions"]})


def _tensor(described: Mapping[str, Any], data: int, size: int) -> _Tensor:
    dtype, shape = _DTYPES[described["dtype"]], tuple(described["shape"])
    start, end = described["data_offsets"]
    if not all(type(side) is int and side >= 0 for side in (*shape, start)):
        raise ValueError("no shape")
    if end - start != math.prod(shape) * dtype.itemsize or data + end > size:
        raise ValueError("cut short")
    return _Tensor(dtype, shape, data + start)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Whatever breaks while a block is read is one sentence."""
    refusal = DamagedFile(
        f"Expected a whole block of results in {path.parent.name}/{path.name}, found none; run its shard again."
    )
    try:
        with guarded(refusal):
            yield
    except InputError:
        raise refusal from None
