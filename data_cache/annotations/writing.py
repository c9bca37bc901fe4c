"""Writing annotations as COCO JSON and as CheXlocalize's segmentations."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_cache.annotations.annotation import Annotation, Place
from data_cache.annotations.tracing import trace
from data_cache.errors import InputError
from data_cache.findings import CHEXLOCALIZE_NAMES, FINDINGS
from data_cache.masks import Rle, run_lengths


def write_coco(annotations: Sequence[Annotation], place: Place) -> bytes:
    """Return a COCO file: one image, CheXpert's 14 findings as categories (1 to 14 in their order).

    Polygons run along the pixels' edges, so that the masks come back exactly; a region with holes is written in run
    lengths, since COCO's polygons have none. Each annotation names its `reader`.
    """
    height, width = place.size
    content = {
        "info": {"description": f"Regions drawn on {place.case_id}; not for diagnosis"},
        "images": [{"id": 1, "file_name": f"{place.case_id}.png", "height": height, "width": width}],
        "categories": [{"id": i, "name": finding} for i, finding in enumerate(FINDINGS, 1)],
        "annotations": [_entry(i, annotation) for i, annotation in enumerate(annotations, 1)],
    }
    return json.dumps(content, allow_nan=False).encode()


def _entry(number: int, annotation: Annotation) -> dict[str, Any]:
    mask = annotation.mask.decode()
    outlines = trace(mask)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    box = [0, 0, 0, 0]
    if len(rows):
        left, top = int(columns[0]), int(rows[0])
        box = [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top]
    holed = any(outline.hole for outline in outlines)
    polygons = [outline.points.ravel().tolist() for outline in outlines]
    return {
        "id": number,
        "image_id": 1,
        "category_id": FINDINGS.index(annotation.finding) + 1,
        "segmentation": _plain_runs(annotation.mask) if holed else polygons,
        "bbox": box,
        "area": int(mask.sum()),
        "iscrowd": int(holed),  # COCO's readers expect plain run lengths of crowds alone
        "reader": annotation.name,
    }


def _plain_runs(mask: Rle) -> dict[str, Any]:
    return {"size": list(mask.size), "counts": run_lengths(mask.counts).tolist()}


def write_chexlocalize(annotations: Sequence[Annotation], place: Place) -> bytes:
    """Return segmentations as CheXlocalize stores them: case → its name of the finding → run lengths.

    Findings that CheXlocalize does not have keep CheXpert's names; only findings that were drawn are in the file.

    Raises:
        InputError: two annotations are of one finding, which the format has no room for.
    """
    drawn = {annotation.finding: annotation.mask for annotation in annotations}
    if len(drawn) < len(annotations):
        raise InputError(
            f"Expected one region a finding for a CheXlocalize file, found {len(annotations)} of {len(drawn)}; "
            "export COCO, which keeps them all."
        )
    entries = {
        CHEXLOCALIZE_NAMES.get(finding, finding): {"size": list(mask.size), "counts": mask.counts}
        for finding, mask in drawn.items()
    }
    return json.dumps({place.case_id: entries}).encode()
