"""What the browser is told: plain JSON, with arrays laid out as files that it fetches.

Everything that names a map, a mask or a probability here is in the model's square view, DISPLAY_SIZE pixels wide.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from data_cache.case import Case
from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from data_cache.images import Radiograph, preprocess
from data_cache.masks import outline
from explainers.explanation import Explanation
from explainers.published import cam_picture
from explainers.registry import EXPLAINERS, Entry
from ui.catalogue import is_phantom, source_label
from ui.rendering import PALETTES, grey_bytes, outline_path

if TYPE_CHECKING:
    from models.predictions import ModelInfo

DISPLAY_SIZE = 512
Store = Callable[[NDArray[Any]], dict[str, Any]]  # writes an array where the browser can fetch it


@dataclass(frozen=True, eq=False)
class Opened:
    """A case that has been read, as it is shown: grey float32 (DISPLAY_SIZE, DISPLAY_SIZE) and where that lies."""

    case: Case
    radiograph: Radiograph
    image: NDArray[np.float32]
    geometry: Geometry

    @classmethod
    def read(cls, case: Case) -> "Opened":
        """Read a case.

        Raises:
            InputError: its image cannot be read or its masks do not fit.
        """
        radiograph = case.read()
        return cls(case, radiograph, *preprocess(radiograph, DISPLAY_SIZE))


def case_content(opened: Opened, key: str, store: Store) -> dict[str, Any]:
    """Return what the viewer shows of a case before any model has spoken.

    Args:
        opened: the case.
        key: changes whenever another case is shown, also when its id is the same.
        store: where arrays go.
    """
    case, radiograph = opened.case, opened.radiograph
    height, width = radiograph.pixels.shape
    masks, notes = _masks_in_view(opened)
    return {
        "case": {
            "key": key,
            "id": case.id if case.source != "upload" else None,
            "title": case.id,
            "source_label": source_label(case.source),
            "phantom": is_phantom(case),
            "facts": " · ".join(filter(None, [f"{width} × {height} px", case.provenance])),
            "warnings": list(dict.fromkeys((*radiograph.warnings, *case.warnings))),
            "labels": dict(case.labels),
            "drawn": list(masks),
            "outlines": _outlines(opened),
            "mask_notes": notes,
            "crop": crop_words(opened.geometry),
        },
        "image": store(grey_bytes(opened.image)),
        "masks": {"findings": list(masks), **store(_packed(masks.values()))} if masks else None,
    }


def crop_words(geometry: Geometry) -> str:
    """Say which part of the radiograph the model sees; empty when it sees all of it."""
    long = max(geometry.height, geometry.width)
    if long == geometry.side:
        return ""
    where = "above and below" if geometry.height > geometry.width else "left and right"
    share = (long - geometry.side) / 2 / long
    return f"The models see the central square; {100 * share:.0f} % of the radiograph {where} of it is cut off."


def _masks_in_view(opened: Opened) -> tuple[dict[str, NDArray[np.bool_]], dict[str, str]]:
    """The masks that reach into the view, and for every other finding, or a mask that is cut, what to say about it."""
    masks: dict[str, NDArray[np.bool_]] = {}
    notes: dict[str, str] = {}
    for finding in FINDINGS:
        if finding not in opened.case.masks:
            notes[finding] = "no radiologist mask"
            continue
        rle = opened.case.masks[finding]
        if rle.area == 0:
            notes[finding] = "radiologists drew nothing"
            continue
        whole = rle.decode()
        seen = opened.geometry.mask_to_input(whole)
        if not seen.any():
            notes[finding] = "mask lies outside the view"
            continue
        masks[finding] = seen
        if (outside := _share_outside(whole, opened.geometry)) >= 0.005:
            notes[finding] = f"{100 * outside:.0f} % of it outside the view"
    return masks, notes


def _share_outside(mask: NDArray[np.bool_], geometry: Geometry) -> float:
    square = slice(geometry.top, geometry.top + geometry.side), slice(geometry.left, geometry.left + geometry.side)
    return 1.0 - float(mask[square].sum()) / float(mask.sum())


def _outlines(opened: Opened) -> dict[str, str]:
    """SVG paths in view coordinates of what the radiologist drew: the contours, or the borders of masks without."""
    case, to_input = opened.case, opened.geometry.points_to_input
    paths = {}
    for finding in case.drawn:
        drawn = case.contours.get(finding) or outline(case.masks[finding].decode())
        paths[finding] = outline_path(to_input(polygon) for polygon in drawn)
    return paths


def _packed(masks: Iterable[NDArray[np.bool_]]) -> NDArray[np.uint8]:
    return np.concatenate([np.packbits(mask) for mask in masks])


def model_content(info: "ModelInfo") -> dict[str, Any]:
    """Return what the page says about a model that speaks."""
    from models.registry import MODELS

    facts = f"{info.id} · weights {info.weights_sha256[:8]} · {info.backend}, {info.precision}"
    label = MODELS[info.kind].label
    return {"kind": info.kind, "label": label, "origin": info.origin, "note": info.note, "facts": facts}


def method_content(entry: Entry) -> dict[str, Any]:
    """Return how the maps of a method are drawn and scored.

    As in the published evaluation, patch maps count from their minimum on and activation maps from zero. Only values
    that speak against the finding are blue; only maps that speak about the finding at all are red.
    """
    return {
        "key": entry.key,
        "label": entry.label,
        "model": entry.model,
        "unit": "logit" if entry.model == "medicalpatchnet" else None,
        "interpolation": entry.resampling,
        "positive": entry.published is cam_picture,
        "palette": _palette(entry),
        "words": entry.words,
    }


def _palette(entry: Entry) -> str:
    if not entry.depends_on_finding:
        return "strength"
    return "diverging" if entry.negative_opposes else "supporting"


def palette_contents() -> dict[str, dict[str, list[Any]]]:
    """Return the colour tables as the viewer reads them: colours row by row, exponents of the opacity."""
    return {
        name: {"colours": palette.colours.ravel().tolist(), "exponents": palette.exponents.tolist()}
        for name, palette in PALETTES.items()
    }


def map_content(explanation: Explanation, store: Store) -> dict[str, Any]:
    """Return one method's maps of all findings, at the method's own resolution, and the remark below its pane."""
    return {**store(explanation.maps), "note": _remark(explanation)}


def _remark(explanation: Explanation) -> str:
    """What a reader must know to read this map rightly."""
    entry, parameters = EXPLAINERS[explanation.method], explanation.parameters
    if not explanation.depends_on_finding:
        side = {"svd": "its sign is arbitrary, kept as published", "activation": "positive where activation is larger"}
        return f"Does not depend on the finding; {side[parameters['sign']]}."
    if "shift_steps" in parameters:
        height, width = explanation.maps.shape[1:]
        return f"Logit of each patch; {width}×{height} cells, one scale for both patch maps."
    published = " The published picture leaves the blue out." if entry.negative_opposes else ""
    return f"No unit; scaled to its own strongest value.{published}"


def probabilities(logits: NDArray[np.float32]) -> list[float]:
    """Return the sigmoid of logits."""
    return [round(float(p), 6) for p in expit(logits.astype(np.float64))]
