"""COCO JSON of a whole dataset: boxes, polygons and run lengths, each kept as what it is.

Lin et al., "Microsoft COCO", ECCV 2014; format: https://cocodataset.org/#format-data
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from data_cache.annotations.parts import Part, validated
from data_cache.bounded_files import read_file
from data_cache.case import stem_of
from data_cache.errors import InputError
from data_cache.json_text import DATASET, parse_json
from data_cache.marks import Box, Polygon, Runs, Shape, Size
from data_cache.masks import Rle
from data_cache.sources.gathering import Annotated, Gathering

Key = int | str


class _Image(Part):
    id: Key
    file_name: str
    width: int | None = Field(None, gt=0)
    height: int | None = Field(None, gt=0)


class _Category(Part):
    id: Key
    name: str


class _Runs(Part):
    size: tuple[int, int]
    counts: str | list[int]


class _Annotation(Part):
    image_id: Key
    category_id: Key
    bbox: list[float] = Field(default_factory=list)
    segmentation: list[list[float]] | _Runs = Field(default_factory=list)
    reader: str = ""


class _File(Part):
    images: list[Any]
    annotations: list[Any]
    categories: list[_Category]


def read_coco_file(path: Path, gathering: Gathering) -> None:
    """Read a file of images, annotations and categories. Its categories are absent where nothing is annotated.

    Raises:
        InputError: it is no such file.
    """
    content = parse_json(
        read_file(path, "annotations", DATASET.megabytes * 1_000_000), path.name, "annotations", DATASET, finite=False
    )
    file = validated(_File, content, "a COCO file with images, annotations and categories", path.name)
    words = {category.id: category.name for category in file.categories}
    if len(words) < len(file.categories):
        raise InputError(f"Expected each category's id once in {path.name}, found one twice; export it again.")
    gathering.look_for(words.values())
    images, twice = _images(file.images, gathering)
    for place, value in enumerate(file.annotations, 1):
        with gathering.sparing(place, "Annotation"):
            entry = validated(_Annotation, value, "an annotation", path.name)
            image, word = images.get(entry.image_id), words.get(entry.category_id)
            if image is None or word is None:
                raise InputError(
                    f"expected an image and a category of the file, found image {str(entry.image_id)[:60]!r} and "
                    f"category {str(entry.category_id)[:60]!r}"
                )
            gathering.about(image)
            if entry.image_id in twice:
                raise InputError(f"expected an image's own id, found {str(entry.image_id)[:60]!r}, which several have")
            for shape in _shapes(entry, image.size):
                gathering.mark(image, word, shape, place, reader=entry.reader)


def _images(values: Sequence[Any], gathering: Gathering) -> tuple[Mapping[Key, Annotated], set[Key]]:
    """Return the images by id, and the ids that several have: nobody knows of which of them an annotation is."""
    found: dict[Key, Annotated] = {}
    twice: set[Key] = set()
    for place, value in enumerate(values, 1):
        with gathering.sparing(place, "Image"):
            image = validated(_Image, value, "an image", gathering.name)
            case_id = stem_of(image.file_name.replace("\\", "/"))
            if image.id in found or case_id in gathering.images:
                if image.id in found:
                    twice.add(image.id)
                    gathering.about(found[image.id])
                raise InputError(f"expected each image once, found {image.file_name[:60]!r} or its id twice")
            size = (image.height, image.width) if image.height and image.width else None
            found[image.id] = gathering.image(case_id, image=image.file_name, size=size)
    return found, twice


def _shapes(entry: _Annotation, size: Size | None) -> list[Shape]:
    drawn = entry.segmentation
    if isinstance(drawn, _Runs):
        return [Runs(_mask(drawn, size))]
    if drawn:
        if any(len(points) % 2 or len(points) < 6 for points in drawn):
            raise InputError("expected outlines of at least three points x, y, found others")
        return [Polygon(np.array(points, np.float64).reshape(-1, 2)) for points in drawn]
    if len(entry.bbox) != 4:
        raise InputError(f"expected a box x, y, width, height, found {len(entry.bbox)} numbers")
    x, y, width, height = entry.bbox
    return [Box(x, y, x + width, y + height)]


def _mask(drawn: _Runs, size: Size | None) -> Rle:
    if size != drawn.size:
        height, width = drawn.size
        raise InputError(f"expected run lengths of the size that the image states, found some of {width}×{height}")
    runs = drawn.counts
    mask = Rle(drawn.size, runs) if isinstance(runs, str) else Rle.from_runs(runs, drawn.size)
    mask.check()
    return mask
