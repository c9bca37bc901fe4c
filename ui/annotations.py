"""Annotation files that a visitor brings for the open case."""

from dataclasses import replace
from typing import Any

import numpy as np

from data_cache.annotations import Annotation, AnnotationFile, Place, read_annotations
from data_cache.errors import InputError
from data_cache.geometry import Geometry
from ui.content import Store
from ui.session import OpenCase

_MOST_POINTS = 15_000  # of one region sent to the browser; every second, third … point of more


def read_for(reading: OpenCase, data: bytes, name: str, finding: str | None) -> AnnotationFile:
    """Read what a file holds for the open case; see `data_cache.annotations.read_annotations`.

    Raises:
        InputError: nothing in it can be used.
    """
    laid, geometry = reading.orientation, reading.view.geometry
    size = laid.back.size((geometry.height, geometry.width))  # as in the file, where the annotations are
    uid = "" if reading.source is None or isinstance(reading.source, InputError) else reading.source.uid
    file = read_annotations(data, name, Place(reading.view.case_id, size, uid), finding)
    return replace(file, annotations=tuple(laid.annotation(one) for one in file.annotations)) if laid else file


def annotation_content(annotation: Annotation, geometry: Geometry, store: Store) -> dict[str, Any]:
    """Return a region as the viewer takes it: polygons in view coordinates, packed pixels of the view."""
    whole = annotation.mask.decode()
    seen = geometry.mask_to_input(whole)
    step = 1 + sum(map(len, annotation.polygons)) // _MOST_POINTS
    polygons = [geometry.points_to_input(polygon[::step]).round(3).tolist() for polygon in annotation.polygons]
    return {
        "name": annotation.name,
        "finding": annotation.finding,
        "polygons": [polygon for polygon in polygons if len(polygon) > 2],
        "mask": store(np.packbits(seen)),
        "area": int(whole.sum()),
        "note": _note(float(geometry.crop(whole).sum() / whole.sum()), bool(seen.any())),
    }


def _note(inside: float, seen: bool) -> str:
    if not seen:
        return "Lies outside the view."
    return f"{100 * (1 - inside):.0f} % of it lies outside the view." if inside < 0.995 else ""
