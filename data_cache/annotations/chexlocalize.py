"""CheXlocalize's own JSON: annotations (contours by finding) and segmentations (run lengths by finding)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from data_cache.annotations.annotation import MOST_POINTS, Canvas, TooMuch
from data_cache.annotations.names import Labels
from data_cache.errors import InputError
from data_cache.findings import known_finding

_SIZE_KEY = "img_size"
_MOST_LABELS = 1_000


def looks_like_chexlocalize(content: Mapping[str, Any]) -> bool:
    """Whether any of the first cases has a finding, or says how large its image is."""
    entries = (entry for entry in list(content.values())[:_MOST_LABELS] if isinstance(entry, Mapping))
    return any(
        label == _SIZE_KEY or known_finding(label) is not None
        for entry in entries
        for label in list(entry)[:_MOST_LABELS]
    )


def read_chexlocalize(content: Mapping[str, Any], canvas: Canvas, labels: Labels) -> None:
    """Draw what such a file holds for the case on the canvas; empty masks mean that nothing was drawn.

    Raises:
        InputError: it has nothing for the case, or is of an image of another size.
    """
    case_id, name = canvas.place.case_id, canvas.name
    entry = content.get(case_id)
    if not isinstance(entry, Mapping):
        raise InputError(
            f"{name}: expected drawings of {case_id}, found {len(content)} other entries; open their case."
        )
    if len(entry) > _MOST_LABELS:
        raise InputError(f"{name}: expected CheXpert's findings for {case_id}, found {len(entry):,} labels.")
    if _SIZE_KEY in entry:
        canvas.place.check(*_size(entry[_SIZE_KEY], canvas), name)
    for label, value in entry.items():
        finding = labels.finding(label) if label != _SIZE_KEY else None
        if finding is not None:
            with canvas.sparing():
                _draw(value, labels.reader, finding, canvas)


def _draw(drawing: Any, reader: str, finding: str, canvas: Canvas) -> None:
    if isinstance(drawing, Mapping) and isinstance(drawing.get("counts"), str):
        canvas.place.check(*_size(drawing.get("size"), canvas), canvas.name)
        canvas.add_runs(reader, finding, drawing["counts"])
        return
    if not isinstance(drawing, list):
        raise _something_else(canvas)
    if len(drawing) > MOST_POINTS:
        raise TooMuch(f"{canvas.name}: expected at most {MOST_POINTS:,} points, found more; simplify the outlines.")
    for contour in drawing:
        with canvas.sparing():
            try:
                points = np.asarray(contour, np.float64).reshape(-1, 2)
            except (TypeError, ValueError, OverflowError):
                raise _something_else(canvas) from None
            if len(points) > 2:  # the data set has contours of a point or two, which enclose nothing
                canvas.add_polygon(reader, finding, points)


def _size(value: Any, canvas: Canvas) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2 or not all(type(side) is int for side in value):
        raise _something_else(canvas)
    return value[0], value[1]


def _something_else(canvas: Canvas) -> InputError:
    return InputError(
        f"{canvas.name}: expected contours or a mask for each finding of {canvas.place.case_id}, found something else; "
        "export it again."
    )
