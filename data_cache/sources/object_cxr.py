"""Object-CXR: foreign objects as rectangles, ellipses and polygons, in the images' own pixels.

Foreign objects are none of CheXpert's findings: pacemakers, tubes and the like were left unmarked, so that what is
marked is no Support Device. A mapping of one's own can say otherwise.
"""

from pathlib import Path

import numpy as np

from data_cache.errors import InputError
from data_cache.label_mapping import words_of
from data_cache.marks import Box, Ellipse, Polygon, Shape
from data_cache.sources.annotated import Layout
from data_cache.sources.base import SourceEntry
from data_cache.sources.gathering import Gathering
from data_cache.sources.tables import find_table, number, read_rows

_WORD = "Foreign object"
_KINDS = ("0", "1", "2")


def _splits(root: Path) -> dict[str, Path]:
    found = {split: find_table(root, split) for split in ("train", "dev", "test")}
    return {split: table for split, table in found.items() if table is not None}


def _read(path: Path, gathering: Gathering) -> None:
    gathering.look_for((_WORD,))
    seen: dict[str, int] = {}
    for row in read_rows(path, ("image_name", "annotation")):
        with gathering.sparing(row.line):
            name = row.text("image_name")
            if name in seen:
                raise InputError(f"expected each image once, found {name} in line {seen[name]} too")
            seen[name] = row.line
            image = gathering.image(name.rpartition(".")[0] or name, image=name)
            for text in filter(None, map(str.strip, row.get("annotation").split(";"))):
                with gathering.sparing(row.line):
                    gathering.mark(image, _WORD, _shape(text), row.line)


def _shape(text: str) -> Shape:
    """Read `T x1 y1 x2 y2 …`, T being 0 for a rectangle, 1 for an ellipse in its box, 2 for a polygon."""
    kind, *rest = text.split()
    points = [number(value, "a coordinate") for value in rest]
    if kind not in _KINDS or len(points) % 2 or (kind != "2" and len(points) != 4):
        raise InputError(f"expected 0 or 1 and two corners, or 2 and an outline, found {text[:60]!r}")
    if kind == "2":
        return Polygon(np.array(points, np.float64).reshape(-1, 2))
    x0, y0, x1, y1 = points
    return (Box if kind == "0" else Ellipse)(x0, y0, x1, y1)


ENTRY = SourceEntry(
    key="object-cxr",
    label="Object-CXR",
    words="Foreign objects on 9,000 radiographs, half of which have none; train.csv and dev.csv. They are none of "
    "CheXpert's findings, and support devices are not among them: to score them, say by --mapping as what.",
    paper="JF Healthcare, Object-CXR: automatic detection of foreign objects on chest X-rays, MIDL 2020",
    open=Layout("object-cxr", "train.csv or dev.csv", _splits, _read, "Object-CXR (JF Healthcare, 2020)").open,
    labels=words_of(_WORD),
    forms=("box", "ellipse", "polygon"),
    licence="non-commercial; github.com/hlk-1135/object-CXR",
    needs_images=False,
)
