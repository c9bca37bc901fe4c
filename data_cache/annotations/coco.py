"""COCO JSON: polygons, run lengths (compressed, or plain as crowds have them), and boxes where there is neither.

Lin et al., "Microsoft COCO", ECCV 2014; format: https://cocodataset.org/#format-data
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from data_cache.annotations.annotation import MOST_POINTS, Canvas, TooMuch
from data_cache.annotations.names import Labels, image_ids
from data_cache.annotations.parts import Part, validated
from data_cache.errors import InputError

_LONGEST_NAME = 100


class _Image(Part):
    id: int | str
    file_name: str = ""
    height: int
    width: int


class _File(Part):
    images: list[_Image]
    annotations: list[Any]
    categories: list[Any] = Field(default_factory=list)


def read_coco(content: Mapping[str, Any], canvas: Canvas, labels: Labels) -> None:
    """Draw a COCO file's annotations of the case on the canvas.

    The image is the one whose file name or id is the case's; where none is and there is but one image, that one, and
    it is said. Ids are compared as text: tools write 1 and "1". An annotation may name its `reader`, as files written
    here do. One that cannot be used is passed over.

    Raises:
        InputError: the case's image is not among the images or has another size, or it has no annotations.
    """
    name = canvas.name
    file = validated(_File, content, "a COCO file with images, annotations and categories", name)
    image = _image(file.images, canvas)
    canvas.place.check(image.height, image.width, name)
    categories = {
        _key(category.get("id")): category["name"]
        for category in file.categories
        if isinstance(category, Mapping) and isinstance(category.get("name"), str)
    }
    own = [
        entry
        for entry in file.annotations
        if isinstance(entry, Mapping) and _key(entry.get("image_id")) == _key(image.id)
    ]
    if not own:
        raise InputError(f"{name}: expected annotations of {canvas.place.case_id}, found none of its image.")
    for entry in own:
        with canvas.sparing():
            _draw(entry, categories, canvas, labels)


def _key(number: object) -> str:
    """An id as text."""
    whole = isinstance(number, float) and number.is_integer()
    return str(int(number) if whole else number).strip() if isinstance(number, int | float | str) else ""


def _image(images: list[_Image], canvas: Canvas) -> _Image:
    case_id = canvas.place.case_id
    for image in images:
        if case_id in (str(image.id), *image_ids(image.file_name)):
            return image
    if len(images) == 1:
        if images[0].file_name:
            canvas.remark(
                f"{canvas.name}: names another image, and was read all the same; do its regions belong to {case_id}?"
            )
        return images[0]
    raise InputError(f"{canvas.name}: expected an image called {case_id}, found {len(images)} others; rename it there.")


def _draw(entry: Mapping[str, Any], categories: Mapping[str, str], canvas: Canvas, labels: Labels) -> None:
    category = _key(entry.get("category_id"))
    if category not in categories:
        raise InputError(
            f"{canvas.name}: expected a category for every annotation, found none with the id {category[:40]!r}; "
            "export the file together with its categories."
        )
    finding = labels.finding(categories[category])
    if finding is None:
        return
    reader = entry.get("reader")
    reader = reader[:_LONGEST_NAME] if isinstance(reader, str) and reader else labels.reader
    segmentation = entry.get("segmentation")
    if isinstance(segmentation, Mapping):
        _add_runs(segmentation, reader, finding, canvas)
        return
    pieces = _pieces(segmentation, finding, canvas) or _box(entry.get("bbox"))
    if not pieces:
        raise InputError(f"{canvas.name}: expected a polygon, run lengths or a box for {finding}, found none of them.")
    for piece in pieces:
        with canvas.sparing():
            canvas.add_polygon(reader, finding, _points(piece, finding, canvas))


def _pieces(segmentation: Any, finding: str, canvas: Canvas) -> list[Any]:
    """The polygons of a segmentation; one that is written without the outer list is one polygon."""
    if segmentation is None:
        return []
    if not isinstance(segmentation, list):
        raise _something_else(finding, canvas)
    if len(segmentation) > 2 * MOST_POINTS:
        raise TooMuch(f"{canvas.name}: expected at most {MOST_POINTS:,} points, found more; simplify the outlines.")
    if segmentation and all(isinstance(part, int | float) for part in segmentation):
        return [segmentation]
    return [piece for piece in segmentation if piece != []]


def _points(piece: Any, finding: str, canvas: Canvas) -> NDArray[np.float64]:
    """A polygon's points, (n, 2), from numbers in a row or from pairs."""
    try:
        numbers = np.asarray(piece, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise _something_else(finding, canvas) from None
    if numbers.ndim not in (1, 2) or (numbers.ndim == 2 and numbers.shape[1] != 2):
        raise _something_else(finding, canvas)
    if numbers.size % 2:
        raise InputError(f"{canvas.name}: expected polygons as x, y pairs, found one of {numbers.size} numbers.")
    return numbers.reshape(-1, 2)


def _something_else(finding: str, canvas: Canvas) -> InputError:
    return InputError(
        f"{canvas.name}: expected COCO annotations, found something else at segmentation of {finding}; export it again."
    )


def _box(box: Any) -> list[list[float]]:
    """The corners of x, y, width, height; none where there is no such box."""
    if not isinstance(box, Sequence) or len(box) != 4 or not all(isinstance(part, int | float) for part in box):
        return []
    x, y, width, height = box
    return [[x, y, x + width, y, x + width, y + height, x, y + height]]


def _add_runs(runs: Mapping[str, Any], reader: str, finding: str, canvas: Canvas) -> None:
    size, counts = runs.get("size"), runs.get("counts")
    if not isinstance(counts, str | list) or not isinstance(size, list) or len(size) != 2:
        raise _something_else(finding, canvas)
    if not all(type(side) is int for side in size):
        raise _something_else(finding, canvas)
    canvas.place.check(size[0], size[1], canvas.name)
    canvas.add_runs(reader, finding, counts)
