"""The location prior as maps of one's own, so that whatever reads heat maps can show and score it.

    OUT/<case id>/<finding>.npz     the array called `map`, float32 (h, w), over the whole radiograph
    OUT/manifest.json               what it was made of

In `paper` alignment that is the prior itself. In `aligned` the prior lies over the model's crop alone, and maps of
one's own cover the whole radiograph: it is laid over a radiograph of at most _SIDE pixels along its longer side, with
its smallest value around the crop, which no threshold marks.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from data_cache.geometry import Alignment, Geometry
from data_cache.store import write_bytes
from evaluation.floors import PRIOR
from evaluation.floors.fitting import Floors
from evaluation.floors.maps import CELLS
from evaluation.localization import Map
from evaluation.truth.ground_truth import Masks

_SIDE = 512


def write_prior(out: Path, floors: Floors, truth: Masks, progress: Callable[[int, int], None]) -> int:
    """Write the prior of every case and finding that has one; return how many maps that are.

    Args:
        out: the folder.
        floors: with the prior.
        truth: the cases.
        progress: told after each case.
    """
    written = 0
    for done, (case, masks) in enumerate(sorted(truth.cases.items()), 1):
        size = next((mask.size for mask in masks.values()), None)
        for finding in truth.findings:
            prior = floors.map_for(PRIOR, finding, case)
            if prior is None or size is None:
                continue
            write_bytes(out / case / f"{finding}.npz", _packed(_over_radiograph(prior.values, size, floors.alignment)))
            written += 1
        progress(done, len(truth.cases))
    return written


def manifest(floors: Floors, inputs: Mapping[str, Any], maps: int) -> bytes:
    """What the prior was made of, as JSON.

    Args:
        floors: with the prior.
        inputs: what the masks were read from, as JSON values.
        maps: how many were written.
    """
    what = "location prior: the mean of the masks of a finding; it never looks at a radiograph"
    content = {"what": what, "inputs": dict(inputs), "maps": maps, **made_of(floors)}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False).encode()


def made_of(floors: Floors) -> dict[str, Any]:
    """How the prior was made and of how many masks, by finding and version, as JSON values."""
    findings = [finding for floor, finding in floors.maps if floor == PRIOR]
    return {
        "alignment": floors.alignment,
        "cells": CELLS,
        "folds_by_patient": floors.folds.count,
        "findings": {finding: [_version(floors, finding, k) for k in floors.folds.versions] for finding in findings},
    }


def file_named(path: Path) -> dict[str, str]:
    """A file's name and hash, for the manifest."""
    with path.open("rb") as file:
        return {"name": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _version(floors: Floors, finding: str, k: int) -> dict[str, Any]:
    """One version of a prior: without the patients of fold k; the last leaves nobody out."""
    prior = floors.maps[PRIOR, finding][k]
    found: dict[str, Any] = {"without_fold": None if k == floors.folds.count else k}
    if prior is None:
        return {**found, "masks": 0}
    row, column = np.unravel_index(int(prior.values.argmax()), prior.values.shape)
    at = [round((int(column) + 0.5) / CELLS, 4), round((int(row) + 0.5) / CELLS, 4)]
    return {**found, "masks": prior.masks, "threshold": prior.threshold, "points_at": at}


def _over_radiograph(values: Map, size: tuple[int, int], alignment: Alignment) -> Map:
    if alignment == "paper":
        return values
    scale = min(1.0, _SIDE / max(size))
    height, width = (max(round(side * scale), 1) for side in size)
    laid = Geometry(height, width, CELLS).map_to_original(values, alignment)
    return np.nan_to_num(laid, nan=float(values.min()))


def _packed(values: Map) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, map=values)
    return file.getvalue()
