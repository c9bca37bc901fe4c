"""COCO JSON: polygons, run lengths (compressed, or plain as crowds have them), and boxes where there is neither.

Lin et al., "Microsoft COCO", ECCV 2014; format: https://cocodataset.org/#format-data
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any

import numpy as np
from pydantic import Field, FiniteFloat

from data_cache.annotations.annotation import Canvas, Mask
from data_cache.annotations.json_text import Part, validated
from data_cache.annotations.names import Labels
from data_cache.errors import InputError
from data_cache.masks import Rle

Id = int | str


class _Image(Part):
    id: Id
    file_name: str = ""
    height: int
    width: int


class _Category(Part):
    id: Id
    name: str


class _Runs(Part):
    size: tuple[int, int]
    counts: str | list[Annotated[int, Field(ge=0)]]


class _Drawn(Part):
    category_id: Id
    segmentation: _Runs | list[list[FiniteFloat]] = Field(default_factory=list)
    bbox: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat] | None = None
    reader: Annotated[str, Field(max_length=100)] = ""


class _File(Part):
    images: list[_Image]
    annotations: list[dict[str, Any]]
    categories: list[_Category] = Field(default_factory=list)


def read_coco(content: Mapping[str, Any], canvas: Canvas, labels: Labels) -> None:
    """Draw a COCO file's annotations of the case on the canvas.

    The image is the one whose file name or id is the case's; where none is and there is but one image, that one.
    An annotation may name its `reader`, as files written here do.

    Raises:
        InputError: the case's image is not among the images or has another size, a category is missing, a drawing is
            damaged or leaves the image.
    """
    name = canvas.name
    file = validated(_File, content, "a COCO file with images, annotations and categories", name)
    image = _image(file.images, canvas)
    canvas.place.check(image.height, image.width, name)
    categories = {category.id: category.name for category in file.categories}
    own = [entry for entry in file.annotations if entry.get("image_id") == image.id]
    if not own:
        raise InputError(f"{name}: expected annotations of {canvas.place.case_id}, found none of its image.")
    for entry in own:
        drawn = validated(_Drawn, entry, "COCO annotations", name)
        if drawn.category_id not in categories:
            raise InputError(
                f"{name}: expected a category for every annotation, found none with the id {drawn.category_id!r}; "
                "export the file together with its categories."
            )
        finding = labels.finding(categories[drawn.category_id])
        if finding is not None:
            _draw(drawn, drawn.reader or labels.reader, finding, canvas)


def _image(images: list[_Image], canvas: Canvas) -> _Image:
    case_id = canvas.place.case_id
    for image in images:
        if case_id in (str(image.id), *_ids(image.file_name)):
            return image
    if len(images) == 1:
        return images[0]
    raise InputError(f"{canvas.name}: expected an image called {case_id}, found {len(images)} others; rename it there.")


def _ids(file_name: str) -> tuple[str, ...]:
    """What a file's name may stand for: its stem, and for CheXpert's folders the id that CheXlocalize makes of them."""
    path = PurePosixPath(re.sub(r"\\", "/", file_name))
    return path.stem, path.name, "_".join((*path.parent.parts[-2:], path.stem))


def _draw(drawn: _Drawn, reader: str, finding: str, canvas: Canvas) -> None:
    if isinstance(drawn.segmentation, _Runs):
        canvas.add_mask(reader, finding, _decoded(drawn.segmentation, canvas))
        return
    polygons = [polygon for polygon in drawn.segmentation if polygon]
    if not polygons and drawn.bbox is not None:
        x, y, width, height = drawn.bbox
        polygons = [[x, y, x + width, y, x + width, y + height, x, y + height]]
    if not polygons:
        raise InputError(f"{canvas.name}: expected a polygon, run lengths or a box for {finding}, found none of them.")
    for polygon in polygons:
        if len(polygon) % 2:
            raise InputError(f"{canvas.name}: expected polygons as x, y pairs, found one of {len(polygon)} numbers.")
        canvas.add_polygon(reader, finding, np.reshape(polygon, (-1, 2)))


def _decoded(runs: _Runs, canvas: Canvas) -> Mask:
    canvas.place.check(*runs.size, canvas.name)
    if isinstance(runs.counts, str):
        try:
            return Rle(canvas.place.size, runs.counts).decode()
        except InputError as error:
            raise InputError(f"{canvas.name}: {error}") from None
    height, width = canvas.place.size
    lengths = np.minimum(np.array(runs.counts, object), height * width + 1).astype(np.int64)
    if lengths.sum() != height * width:
        raise InputError(f"{canvas.name}: expected run lengths that add up to {width}×{height} pixels, found others.")
    inside = np.arange(len(lengths)) % 2 == 1
    return np.repeat(inside, lengths).reshape(width, height).T
