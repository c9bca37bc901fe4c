"""A case as it is shown: everything in the square that the models see, DISPLAY_SIZE pixels wide, and the film.

The models' input and the masks at their original size are let go once this is made.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case, Contours
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.images import Radiograph, preprocess
from data_cache.masks import Rle, outline
from ui.catalogue import is_phantom, source_label
from ui.film import Film
from ui.marks_view import MAJORITY, forms_of, majority_of, marks_by_finding, readers_of
from ui.naming import title_of
from ui.rendering import grey_bytes, outline_path

DISPLAY_SIZE = 512


@dataclass(frozen=True, eq=False)
class CaseView:
    """What the page shows of a case before any model has spoken.

    Attributes:
        case_id: the case's id.
        source, patient: the case's.
        grey: uint8 (DISPLAY_SIZE, DISPLAY_SIZE), the models' view of the radiograph.
        masks: bool (DISPLAY_SIZE, DISPLAY_SIZE) by finding, packed as numpy.packbits does; only masks that reach into
            the view.
        human: the human benchmark's masks, likewise.
        layers: where several readers marked the radiograph, the masks of each by their place among the readers, "0",
            "1" …, and those of the majority; likewise.
        film: the original.
        geometry: leads from the view back to the original.
        facts: everything else, as JSON values.
    """

    case_id: str
    source: str
    patient: str
    grey: NDArray[np.uint8]
    masks: Mapping[str, NDArray[np.uint8]]
    human: Mapping[str, NDArray[np.uint8]]
    layers: Mapping[str, Mapping[str, NDArray[np.uint8]]]
    film: Film
    geometry: Geometry
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, case: Case, radiograph: Radiograph, again: Callable[[], Radiograph] | None = None) -> "CaseView":
        """Make the view of a case and its radiograph; `again` reads it, where its film was let go meanwhile."""
        image, geometry = preprocess(radiograph, DISPLAY_SIZE)
        masks, notes = _masks_in_view(case, geometry)
        readers = readers_of(case, geometry)
        layers = {str(i): _packed(reader.regions) for i, reader in enumerate(readers)}
        layers |= {MAJORITY: _packed(majority_of(case, geometry))} if readers else {}
        facts = {
            "id": case.id if case.source != "upload" else None,
            "title": title_of(case.id) if case.source == "upload" else case.id,
            "source_label": source_label(case.source),
            "phantom": is_phantom(case),
            "facts": " · ".join(filter(None, [f"{geometry.width} × {geometry.height} px", case.provenance])),
            "warnings": list(dict.fromkeys((*radiograph.warnings, *case.warnings))),
            "labels": dict(case.labels),
            "drawn": list(masks),
            "outlines": _outlines(case.contours, case.masks, geometry) | _outlines_of_marks(case, geometry),
            "readers": [reader.facts for reader in readers],
            "forms": forms_of(case),
            "human_outlines": _outlines(case.human_contours, case.human_masks, geometry),
            "human_points": {
                finding: geometry.points_to_input(points).round(2).tolist()
                for finding, points in case.human_points.items()
                if points
            },
            "outline_is": "outline of the simulated finding" if is_phantom(case) else "radiologist's outline",
            "mask_notes": notes,
            "crop": crop_words(geometry),
            "size": [geometry.height, geometry.width],
            "geometry": json.loads(geometry.to_json()),
            "computed_on": "host",
        }
        human = _packed(_human_in_view(case, geometry))
        grey = grey_bytes(image)
        film = Film(radiograph.film, again)
        return cls(case.id, case.source, case.patient, grey, _packed(masks), human, layers, film, geometry, facts)

    @property
    def title(self) -> str:
        """What people call the case: its id, or an upload's number and time."""
        return str(self.facts["title"])

    def mask(self, finding: str) -> NDArray[np.bool_] | None:
        """The radiologist's mask in the view, bool (DISPLAY_SIZE, DISPLAY_SIZE); None where there is none."""
        return _unpacked(self.masks.get(finding))

    def human_mask(self, finding: str) -> NDArray[np.bool_] | None:
        """The human benchmark's, likewise."""
        return _unpacked(self.human.get(finding))

    def layer(self, key: str, finding: str) -> NDArray[np.bool_] | None:
        """A reader's mask, or the majority's, likewise; `key` as in `layers`."""
        return _unpacked(self.layers.get(key, {}).get(finding))


def _unpacked(packed: NDArray[np.uint8] | None) -> NDArray[np.bool_] | None:
    return None if packed is None else np.unpackbits(packed).astype(bool).reshape(DISPLAY_SIZE, DISPLAY_SIZE)


def _packed(masks: Mapping[str, NDArray[np.bool_]]) -> dict[str, NDArray[np.uint8]]:
    return {finding: np.packbits(mask) for finding, mask in masks.items()}


def _human_in_view(case: Case, geometry: Geometry) -> dict[str, NDArray[np.bool_]]:
    drawn = {name: geometry.mask_to_input(mask.decode()) for name, mask in case.human_masks.items() if mask.area}
    return {name: mask for name, mask in drawn.items() if mask.any()}


def crop_words(geometry: Geometry) -> str:
    """Say which part of the radiograph the models see; empty when it is all but a rim that nobody would notice."""
    long = max(geometry.height, geometry.width)
    share = (long - geometry.side) / 2 / long
    if share < 0.005:
        return ""
    where = "above and below" if geometry.height > geometry.width else "left and right"
    return f"The models see the central square; {100 * share:.0f} % of the radiograph {where} of it is cut off."


def _masks_in_view(case: Case, geometry: Geometry) -> tuple[dict[str, NDArray[np.bool_]], dict[str, str]]:
    """The masks that reach into the view, and for every other finding, or a mask that is cut, what to say about it."""
    missing, empty = _words_for_no_mask(case)
    masks: dict[str, NDArray[np.bool_]] = {}
    notes: dict[str, str] = {}
    for finding in FINDINGS:
        if finding not in case.masks:
            notes[finding] = missing
        elif case.masks[finding].area == 0:
            notes[finding] = empty
        else:
            whole = case.masks[finding].decode()
            seen = geometry.mask_to_input(whole)
            outside = _share_outside(whole, geometry)
            if not seen.any():
                notes[finding] = "mask lies outside the view"
                continue
            masks[finding] = seen
            if outside >= 0.005:
                notes[finding] = f"{100 * outside:.0f} % of it outside the view"
    return masks, notes


def _words_for_no_mask(case: Case) -> tuple[str, str]:
    if is_phantom(case):
        return "no mask of this finding", "not in this phantom"
    return "no radiologist mask", "radiologists drew nothing"


def _share_outside(mask: NDArray[np.bool_], geometry: Geometry) -> float:
    return 1.0 - float(geometry.crop(mask).sum()) / float(mask.sum())


def _outlines(contours: Contours, masks: Mapping[str, Rle], geometry: Geometry) -> dict[str, str]:
    """SVG paths in view coordinates of what was drawn: the contours, or the borders of masks without."""
    paths = {}
    for finding in FINDINGS:
        if finding in masks and masks[finding].area:
            drawn = contours.get(finding) or outline(masks[finding].decode())
            paths[finding] = outline_path(geometry.points_to_input(polygon) for polygon in drawn)
    return paths


def _outlines_of_marks(case: Case, geometry: Geometry) -> dict[str, str]:
    """The same of marks: every shape as what it is."""
    marks = marks_by_finding(case.marks, geometry)
    return {f: "".join(mark["path"] for mark in shapes) for f, shapes in marks.items() if f in case.drawn}
