"""CheXlocalize's own JSON: annotations (contours by finding) and segmentations (run lengths by finding)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import FiniteFloat, TypeAdapter, ValidationError

from data_cache.annotations.annotation import Canvas
from data_cache.annotations.json_text import Part
from data_cache.annotations.names import Labels
from data_cache.errors import InputError
from data_cache.masks import Rle

_SIZE_KEY = "img_size"


class _Runs(Part):
    size: tuple[int, int]
    counts: str


_SIZE = TypeAdapter(tuple[int, int])
_DRAWING: TypeAdapter[_Runs | list[list[tuple[FiniteFloat, FiniteFloat]]]] = TypeAdapter(
    _Runs | list[list[tuple[FiniteFloat, FiniteFloat]]]
)


def read_chexlocalize(content: Mapping[str, Any], canvas: Canvas, labels: Labels) -> None:
    """Draw what such a file holds for the case on the canvas; empty masks mean that nothing was drawn.

    Raises:
        InputError: it has nothing for the case, is of an image of another size, is damaged or leaves the image.
    """
    case_id, name = canvas.place.case_id, canvas.name
    entry = content.get(case_id)
    if not isinstance(entry, Mapping):
        raise InputError(
            f"{name}: expected drawings of {case_id}, found {len(content)} other entries; open their case."
        )
    try:
        if _SIZE_KEY in entry:
            canvas.place.check(*_SIZE.validate_python(entry[_SIZE_KEY]), name)
        for label, value in entry.items():
            finding = labels.finding(label) if label != _SIZE_KEY else None
            if finding is not None:
                _draw(_DRAWING.validate_python(value), labels.reader, finding, canvas)
    except ValidationError:
        raise InputError(
            f"{name}: expected contours or a mask for each finding of {case_id}, found something else; export it again."
        ) from None


def _draw(
    drawing: _Runs | list[list[tuple[FiniteFloat, FiniteFloat]]], reader: str, finding: str, canvas: Canvas
) -> None:
    if isinstance(drawing, _Runs):
        canvas.place.check(*drawing.size, canvas.name)
        try:
            canvas.add_mask(reader, finding, Rle(canvas.place.size, drawing.counts).decode())
        except InputError as error:
            raise InputError(f"{canvas.name}: {error}") from None
        return
    for contour in drawing:
        if len(contour) > 2:  # the data set has contours of a point or two, which enclose nothing
            canvas.add_polygon(reader, finding, np.reshape(contour, (-1, 2)))
