"""What the browser is told: plain JSON, with arrays laid out as files that it fetches."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from explainers.explanation import Explanation
from explainers.published import cam_picture
from explainers.registry import EXPLAINERS, Entry
from ui.case_view import CaseView
from ui.rendering import PALETTES, SCHEMES, agreement_colours

if TYPE_CHECKING:
    from models.predictions import ModelInfo

Store = Callable[[NDArray[Any]], dict[str, Any]]  # writes an array where the browser can fetch it


def case_content(view: CaseView, key: str, store: Store) -> dict[str, Any]:
    """Return what the viewer shows of a case before any model has spoken.

    Args:
        view: the case.
        key: changes whenever another case is shown, also when its id is the same.
        store: where arrays go.
    """
    return {
        "case": {"key": key, **view.facts},
        "image": store(view.grey),
        "masks": _mask_content(view.masks, store),
        "human": _mask_content(view.human, store),
    }


def _mask_content(masks: Mapping[str, NDArray[np.uint8]], store: Store) -> dict[str, Any] | None:
    """Return packed masks one after the other; None where there are none."""
    return {"findings": list(masks), **store(np.concatenate(list(masks.values())))} if masks else None


def model_content(info: "ModelInfo") -> dict[str, Any]:
    """Return what the page says about a model that speaks."""
    from models.registry import MODELS

    facts = f"{info.id} · weights {info.weights_sha256[:8]} · {info.backend}, {info.precision}"
    label = MODELS[info.kind].label
    return {
        "kind": info.kind,
        "label": label,
        "origin": info.origin,
        "note": info.note,
        "facts": facts,
        "weights": info.weights_sha256,
    }


def method_content(entry: Entry) -> dict[str, Any]:
    """Return how the maps of a method are drawn and scored.

    As in the published evaluation, patch maps count from their minimum on and activation maps from zero. Only values
    that speak against the finding are drawn as opposing; only maps that speak about the finding at all as supporting.
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


def scheme_contents() -> list[dict[str, str]]:
    """Return the choices of colours with their words."""
    return [asdict(scheme) for scheme in SCHEMES]


def agreement_content() -> list[list[int]]:
    """Return the steps of the agreement's scale, one list of RGB colours for each number of methods from 0 on."""
    return [agreement_colours(count).ravel().tolist() for count in range(len(EXPLAINERS) + 1)]


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
        return f"In logits; {width}×{height} cells, one scale for both patch maps."
    published = " The published picture leaves what opposes out." if entry.negative_opposes else ""
    return f"No unit; scaled to its own strongest value.{published}"


def probabilities(logits: NDArray[np.floating]) -> list[float]:
    """Return the sigmoid of logits."""
    return expit(logits.astype(np.float64)).tolist()
