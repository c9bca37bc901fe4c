"""ChestX-Det and ChestX-Det10: 13 and 10 findings as outlines and as boxes, at 1024×1024 pixels.

A JSON list of {file_name, syms: [word], boxes: [[x1, y1, x2, y2]], polygons: [[[x, y] …]]}, lists side by side. The
same regions come twice, and so does the dataset here: `chestx-det` takes the outlines (and a box where there is no
outline, as in all of ChestX-Det10), `chestx-det-boxes` the boxes. A box is a poor mask, and one source should not mix
what is exact with what is not.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import Field

from data_cache.annotations.parts import Part, validated
from data_cache.bounded_files import read_file
from data_cache.case import stem_of
from data_cache.errors import InputError
from data_cache.json_text import DATASET, parse_json
from data_cache.label_mapping import words_of
from data_cache.marks import Box, Polygon, Shape
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering

_SIZE = (1024, 1024)
_WORDS = (
    "Atelectasis", "Calcification", "Cardiomegaly", "Consolidation", "Diffuse Nodule", "Effusion", "Emphysema",
    "Fibrosis", "Fracture", "Mass", "Nodule", "Pleural Thickening", "Pneumothorax",
)  # fmt: skip
_FILES = {"train": ("ChestX_Det_train.json", "train.json"), "test": ("ChestX_Det_test.json", "test.json")}
_MOST_BYTES = 1_000_000 * DATASET.megabytes


class _Entry(Part):
    file_name: str
    syms: list[str]
    boxes: list[list[float]]
    polygons: list[list[list[float]]] = Field(default_factory=list)


def _splits(root: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for split, names in _FILES.items():
        path = next((root / name for name in names if (root / name).is_file()), None)
        if path is not None:
            found[split] = path
    return found


def _read(outlines: bool, path: Path, gathering: Gathering) -> None:
    gathering.look_for(_WORDS)
    content = parse_json(read_file(path, "ChestX-Det's annotations", _MOST_BYTES), path.name, "annotations", DATASET)
    if not isinstance(content, list):
        raise InputError(f"Expected a list of images in {path.name}, found something else; use the dataset's own file.")
    entries: dict[str, tuple[int, _Entry]] = {}
    for number, value in enumerate(content, 1):
        with gathering.sparing(number, "Image"):
            entry = validated(_Entry, value, "an image with syms, boxes and polygons", "the entry")
            before, first = entries.setdefault(stem_of(entry.file_name), (number, entry))
            if before == number:
                _add(entry, number, outlines, gathering)
                continue
            image = gathering.images.get(stem_of(entry.file_name))
            if image is not None and first.model_copy(update={"file_name": entry.file_name}) != entry:
                gathering.about(image)
            raise InputError(f"expected each image once, found {entry.file_name[:60]!r} in {before} too, which is used")


def _add(entry: _Entry, number: int, outlines: bool, gathering: Gathering) -> None:
    image = gathering.image(stem_of(entry.file_name), image=entry.file_name, size=_SIZE)
    polygons = entry.polygons or [[] for _ in entry.boxes]
    if not len(entry.syms) == len(entry.boxes) == len(polygons):
        raise InputError(
            f"expected as many syms as boxes and polygons in {entry.file_name}, found {len(entry.syms)}, "
            f"{len(entry.boxes)} and {len(polygons)}"
        )
    for word, box, polygon in zip(entry.syms, entry.boxes, polygons, strict=True):
        with gathering.sparing(number, "Image"):
            gathering.mark(image, word, _shape(box, polygon if outlines else []), number)


def _shape(box: list[float], polygon: list[list[float]]) -> Shape:
    if polygon:
        if any(len(point) != 2 for point in polygon):
            raise InputError("expected outlines as points x, y, found others")
        return Polygon(np.array(polygon, np.float64))
    if len(box) != 4:
        raise InputError(f"expected a box as x1, y1, x2, y2, found {len(box)} numbers")
    return Box(*box)


def _entry(key: str, label: str, read: Callable[[Path, Gathering], None], outlines: bool) -> SourceEntry:
    return SourceEntry(
        key=key,
        label=label,
        words=f"{'Outlines' if outlines else 'Boxes'} of 13 findings on 3,025 and 553 radiographs of ChestX-ray14; "
        "ChestX_Det_train.json and ChestX_Det_test.json, or ChestX-Det10's train.json and test.json.",
        paper="Lian et al., A structure-aware relation network for thoracic diseases detection and segmentation, IEEE "
        "TMI 2021",
        open=Layout(key, "ChestX_Det_train.json", _splits, read, "ChestX-Det (Lian et al., 2021)").open,
        labels=words_of(*_WORDS),
        forms=("polygon", "box") if outlines else ("box",),
        licence="open; github.com/Deepwise-AILab/ChestX-Det-Dataset",
        needs_images=False,
    )


ENTRY = _entry("chestx-det", "ChestX-Det", partial(_read, True), True)
BOXES = _entry("chestx-det-boxes", "ChestX-Det, boxes", partial(_read, False), False)
