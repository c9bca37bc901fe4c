"""Blocks: safetensors files with the maps and predictions of several cases each, one case a row.

    OUT/<I>-of-<N>/ledger.jsonl           what was written, see `ledger`
    OUT/<I>-of-<N>/000000.safetensors     a block

A block holds `maps/<name>` float32 (n, 14, h, w) for each method and model, and for each model, by its section of
prediction.json, `logits/<section>` float32 (n, 14), `probabilities/<section>` float64 (n, 14) and, of a patch model,
`patch_logits/<section>` float32 (n, patches, 14); NaN is what a model does not predict. Its text `block` says the rest
as JSON: `findings`, `cases` (of each row id, image_sha256, height and width), `maps` and `predictions` (by name and by
section, what they were made with).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import FINDINGS
from data_cache.store import entry_name, tensor_bytes, write_bytes

Made = Mapping[str, Mapping[str, Any]]  # by name or section, what it was made with


@dataclass(frozen=True, eq=False)
class Row:
    """One case's results as they go into a block.

    Attributes:
        id, image: the case and the fingerprint of its image.
        height, width: of the image.
        arrays: by the tensor's name.
        maps: by name, what the maps were made with, the image apart.
        predictions: by section, the same.
    """

    id: str
    image: str
    height: int
    width: int
    arrays: Mapping[str, NDArray]
    maps: Made
    predictions: Made

    @property
    def kind(self) -> str:
        """Equal for rows that can stand in one block."""
        shapes = {name: [str(array.dtype), *array.shape] for name, array in self.arrays.items()}
        return entry_name(maps=self.maps, predictions=self.predictions, shapes=shapes)

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        return sum(array.nbytes for array in self.arrays.values())


@dataclass(frozen=True)
class Written:
    """A block that was written: its size and SHA-256."""

    file: str
    bytes: int
    sha256: str


@dataclass
class Blocks:
    """Numbers the blocks of a folder; a file that no ledger speaks of is written over."""

    folder: Path
    next: int = field(default=0)

    def write(self, rows: Sequence[Row]) -> Written:
        """Write rows of one kind as the next block; the file appears when it is complete."""
        path = self.folder / f"{self.next:06}.safetensors"
        content = pack(rows)
        write_bytes(path, content)
        self.next += 1
        return Written(path.name, len(content), hashlib.sha256(content).hexdigest())


def pack(rows: Sequence[Row]) -> bytes:
    """A block of rows of one kind; the same rows give the same bytes."""
    first = rows[0]
    cases = [{"id": row.id, "image_sha256": row.image, "height": row.height, "width": row.width} for row in rows]
    text = {"findings": FINDINGS, "cases": cases, "maps": first.maps, "predictions": first.predictions}
    tensors = {name: np.stack([row.arrays[name] for row in rows]) for name in first.arrays}
    return tensor_bytes(tensors, {"block": json.dumps(text, sort_keys=True)})


def made_with(made: Mapping[str, Any]) -> str:
    """A short name of what something was made with, for the ledger."""
    return entry_name(**made)
