"""LabelMe JSON: polygons, rectangles, circles and masks. Format: https://github.com/wkentaro/labelme"""

import base64
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field, FiniteFloat

from data_cache.annotations.annotation import MOST_POINTS, SAID_BEYOND, Canvas
from data_cache.annotations.names import Labels, image_ids
from data_cache.annotations.parts import Part, validated
from data_cache.annotations.pictures import read_mask
from data_cache.errors import InputError

_CIRCLE_POINTS = 180
_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])


class _Shape(Part):
    label: str
    points: list[tuple[FiniteFloat, FiniteFloat]]
    shape_type: str | None = "polygon"
    mask: str | None = None


class _File(Part):
    shapes: Annotated[list[Any], Field(max_length=MOST_POINTS)]
    imageHeight: int | None = None  # noqa: N815  LabelMe's names
    imageWidth: int | None = None  # noqa: N815
    imagePath: str | None = None  # noqa: N815


def read_labelme(content: Mapping[str, Any], canvas: Canvas, labels: Labels) -> None:
    """Draw a LabelMe file's shapes on the canvas; one that encloses nothing or is damaged is passed over.

    Raises:
        InputError: it is of an image of another size, or has no shapes.
    """
    file = validated(_File, content, "a LabelMe file with shapes", canvas.name)
    if file.imageHeight is not None and file.imageWidth is not None:
        canvas.place.check(file.imageHeight, file.imageWidth, canvas.name)
    if not file.shapes:
        raise InputError(f"{canvas.name}: expected shapes drawn on {canvas.place.case_id}, found none.")
    path = file.imagePath or canvas.place.case_id
    if canvas.place.case_id not in image_ids(path):
        canvas.remark(
            f"{canvas.name}: names another image, and was read all the same; do its regions belong to "
            f"{canvas.place.case_id}?"
        )
    for content in file.shapes:
        with canvas.sparing():
            shape = validated(_Shape, content, "a LabelMe shape", canvas.name)
            finding = labels.finding(shape.label)
            if finding is not None:
                _draw(shape, labels.reader, finding, canvas)


def _draw(shape: _Shape, reader: str, finding: str, canvas: Canvas) -> None:
    points = np.reshape(shape.points, (-1, 2)).astype(np.float64)
    kind = shape.shape_type or "polygon"
    if kind in ("rectangle", "circle", "mask") and len(points) < 2:
        raise InputError(f"{canvas.name}: expected two points of a {kind}, found {len(points)}; draw it again.")
    if kind in ("polygon", "oriented_rectangle"):
        canvas.add_polygon(reader, finding, points)
    elif kind == "rectangle":
        canvas.add_polygon(reader, finding, _rectangle(points))
    elif kind == "circle":
        canvas.add_polygon(reader, finding, _circle(points[0], points[1]))
    elif kind == "mask" and shape.mask is not None:
        _add_mask(shape.mask, points[0], reader, finding, canvas)
    else:
        raise InputError(
            f"{canvas.name}: expected shapes that enclose a region (polygon, rectangle, circle or mask), found a "
            f"{kind[:30]!r} of {finding}; draw its outline."
        )


def _rectangle(points: np.ndarray) -> np.ndarray:
    """Two corners that lie opposite, as LabelMe wrote them, or all four, as it does now, in any order."""
    low, high = points.min(axis=0), points.max(axis=0)
    if len(points) > 2 and not ((points == low) | (points == high)).all():
        return points  # turned
    return low + _CORNERS * (high - low)


def _circle(centre: np.ndarray, edge: np.ndarray) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, _CIRCLE_POINTS, endpoint=False)
    return centre + np.hypot(*(edge - centre)) * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _add_mask(text: str, corner: np.ndarray, reader: str, finding: str, canvas: Canvas) -> None:
    """A PNG whose upper left pixel lies at the first point."""
    height, width = canvas.place.size
    try:
        part = read_mask(base64.b64decode(text, validate=True), canvas.name, most=(height, width))
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{canvas.name}: expected a mask of {finding} as a PNG, found something else.") from None
    left, top = np.rint(np.clip(corner, -1e6, 1e6)).astype(int).tolist()
    whole = np.zeros((height, width), bool)
    inside = part[max(0, -top) : max(0, height - top), max(0, -left) : max(0, width - left)]
    whole[max(0, top) : max(0, top) + inside.shape[0], max(0, left) : max(0, left) + inside.shape[1]] = inside
    beyond = max(-left, -top, top + part.shape[0] - height, left + part.shape[1] - width)
    if part.any() and not whole.any():
        raise InputError(
            f"{canvas.name}: expected the mask of {finding} inside the radiograph of {width}×{height} pixels, found it "
            "outside; is it of another image?"
        )
    if beyond > SAID_BEYOND:
        canvas.remark(
            f"{canvas.name}: the mask of {finding} lies partly outside the radiograph of {width}×{height} pixels, "
            f"{beyond:,} pixels, and was cut off there; is it of another image?"
        )
    canvas.add_mask(reader, finding, whole)
