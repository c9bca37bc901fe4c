"""Grayscale softcopy presentation states: graphic annotations in pixels or in shares of what is displayed.

PS3.3: C.10.5 (graphic annotation), C.10.4 (displayed area), C.10.6 (spatial transformation).
"""

from collections.abc import Callable

import numpy as np
from pydicom import Dataset

from data_cache.annotations.annotation import MOST_POINTS, Canvas
from data_cache.annotations.dicom.parts import Polygon, check_image, enclosed, finding_of, points_of
from data_cache.annotations.names import Labels
from data_cache.errors import InputError
from data_cache.images.dicom_header import items, numbers, text, whole, word

_MOST = 500
_LONGEST = 1 << 16


def read_presentation(dataset: Dataset, canvas: Canvas, labels: Labels, chosen: str | None) -> None:
    """Draw a presentation state's graphics; a group's text, its layer or the state's own label names the finding.

    Raises:
        InputError: it has no graphics, or those of other images alone.
    """
    groups = items(dataset, "GraphicAnnotationSequence", _MOST)
    if not any(items(group, "GraphicObjectSequence", _MOST) for group in groups):
        raise InputError(f"{canvas.name}: expected a presentation state with graphics, found one without any.")
    everywhere = _images(dataset, "ReferencedSeriesSequence")
    known = check_image([*everywhere, *(uid for group in groups for uid in _of(group))], canvas)
    for group in groups:
        if known and canvas.place.uid not in (_of(group) or everywhere):
            continue
        finding = finding_of(_words(dataset, group), canvas, labels, chosen)
        for graphic in items(group, "GraphicObjectSequence", _MOST) if finding else ():
            with canvas.sparing():
                _draw(graphic, dataset, labels.reader, str(finding), canvas)


def _of(item: Dataset) -> list[str]:
    return [text(one, "ReferencedSOPInstanceUID") for one in items(item, "ReferencedImageSequence")]


def _images(dataset: Dataset, keyword: str) -> list[str]:
    return [uid for series in items(dataset, keyword) for uid in _of(series)]


def _words(dataset: Dataset, group: Dataset) -> list[str]:
    layer = text(group, "GraphicLayer")
    described = [
        text(one, "GraphicLayerDescription")
        for one in items(dataset, "GraphicLayerSequence")
        if text(one, "GraphicLayer") == layer
    ]
    texts = [text(one, "UnformattedTextValue") for one in items(group, "TextObjectSequence")]
    return [*texts, layer, *described, text(dataset, "ContentLabel"), text(dataset, "ContentDescription")]


def _draw(graphic: Dataset, dataset: Dataset, reader: str, finding: str, canvas: Canvas) -> None:
    points = points_of(numbers(graphic, "GraphicData", min(_LONGEST, 8 * MOST_POINTS)), canvas)
    place = _placing(word(graphic, "GraphicAnnotationUnits"), dataset, canvas)
    for polygon in enclosed(word(graphic, "GraphicType"), place(points), canvas):
        canvas.add_polygon(reader, finding, polygon)


def _placing(units: str, dataset: Dataset, canvas: Canvas) -> Callable[[Polygon], Polygon]:
    """What takes points of these units to pixels of the image, from the outer corner of its first pixel."""
    if units == "PIXEL":
        return lambda points: points
    if units != "DISPLAY":
        raise InputError(f"{canvas.name}: expected graphics in units of pixels or of the display, found others.")
    if whole(dataset, "ImageRotation", 0) % 360 or word(dataset, "ImageHorizontalFlip") == "Y":
        raise InputError(
            f"{canvas.name}: expected graphics in units of an upright display, found a turned or flipped one; export "
            "them in units of pixels."
        )
    area = next(iter(items(dataset, "DisplayedAreaSelectionSequence")), Dataset())
    height, width = canvas.place.size
    first = numbers(area, "DisplayedAreaTopLeftHandCorner") or [1, 1]  # its first pixel is 1, 1
    last = numbers(area, "DisplayedAreaBottomRightHandCorner") or [width, height]
    if len(first) != 2 or len(last) != 2 or not np.isfinite([*first, *last]).all() or not all(np.less(first, last)):
        raise InputError(f"{canvas.name}: expected a displayed area with two corners, found one without.")
    low, high = np.asarray(first) - 1, np.asarray(last)
    return lambda points: low + points * (high - low)
