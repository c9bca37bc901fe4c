"""What the browser is told: plain JSON, with arrays laid out as files that it fetches."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from data_cache.errors import InputError
from data_cache.images.stored import Lut, Window
from data_cache.orientation import AS_IT_IS, Orientation
from explainers.entry import KINDS, Entry
from explainers.explanation import Explanation
from explainers.registry import find_method
from models.capabilities import Logits, capabilities_of
from models.registry import find_model
from models.taught import TaughtBy
from ui.case_view import CaseView
from ui.fields import field_contents
from ui.film import TILE, Film, packed
from ui.panes import MOST_PANES, default_model_of
from ui.rendering import PALETTES, SCHEMES, agreement_colours

if TYPE_CHECKING:
    from evaluation.assessment import Assessment
    from evaluation.trust.profile import Profile
    from models.predictions import ModelInfo

_CAPABILITIES: WeakKeyDictionary[Logits, list[str]] = WeakKeyDictionary()  # finding them out takes a millisecond
Store = Callable[[NDArray[Any]], dict[str, Any]]  # writes an array where the browser can fetch it


def case_content(view: CaseView, key: str, store: Store, orientation: Orientation = AS_IT_IS) -> dict[str, Any]:
    """Return what the viewer shows of a case before any model has spoken.

    Args:
        view: the case.
        key: changes whenever another case is shown, also when its id is the same.
        store: where arrays go.
        orientation: how the image was laid before anything looked at it.
    """
    return {
        "case": {"key": key, "orientation": orientation.code, "laid": orientation.words, **view.facts},
        "film": film_content(view.film, store),
        "image": store(view.grey),
        "masks": _mask_content(view.masks, store),
        "human": _mask_content(view.human, store),
        "layers": _layer_content(view.layers, store),
    }


def film_content(film: Film, store: Store) -> dict[str, Any]:
    """Return what the page knows of a film before it looks closer: the overview, and how the file shows its values."""
    about = film.about
    return {
        "size": list(film.size),
        "depth": 8 * film.dtype.itemsize,
        "tile": TILE,
        "levels": [list(shape) for shape in film.shapes],
        "overview": film.overview,
        "packed": store(packed([film.coarse])),
        "first": about.first,
        "step": about.step,
        "values": None if about.values is None else store(about.values),
        "unit": about.unit,
        "limits": about.limits and list(about.limits),
        "windows": [_window_content(one, store) for one in about.windows],
        "inverted": about.inverted,
        "photometric": about.photometric,
        "spacing": about.spacing and asdict(about.spacing),
        "unscaled": about.unscaled,
        "edges": list(about.edges),
        "view": about.view,
    }


def _window_content(one: Window | Lut, store: Store) -> dict[str, Any]:
    if isinstance(one, Window):
        return {**asdict(one), "shades": None}
    return {"name": one.name, "level": None, "width": None, "function": "LUT", "shades": store(one.shades)}


def _layer_content(layers: Mapping[str, Mapping[str, NDArray[np.uint8]]], store: Store) -> dict[str, Any] | None:
    """Return the packed masks of all readers one after the other; None where there are none."""
    known = [(key, finding, mask) for key, masks in layers.items() for finding, mask in masks.items()]
    if not known:
        return None
    keys, findings, masks = zip(*known, strict=True)
    return {"keys": list(keys), "findings": list(findings), **store(np.concatenate(masks))}


def _mask_content(masks: Mapping[str, NDArray[np.uint8]], store: Store) -> dict[str, Any] | None:
    """Return packed masks one after the other; None where there are none."""
    return {"findings": list(masks), **store(np.concatenate(list(masks.values())))} if masks else None


def model_content(info: "ModelInfo") -> dict[str, Any]:
    """Return what the page says about a model that speaks: with whose weights, and what its probabilities are of."""
    of = info.provenance
    entry = find_model(info.key)
    return {
        "key": info.key,
        "label": entry.label,
        "short": entry.short,
        "origin": info.origin,
        "note": info.note,
        "facts": f"{info.id} · weights {info.weights_sha256[:8]} · {info.backend}, {info.dtype}",
        "weights": info.weights_sha256,
        "provenance": {
            "By": of.owner,
            "Licence": of.licence,
            "Trained on": of.trained_on,
            "A probability means": of.probabilities,
        },
        "head": info.head,
    }


def assessment_content(assessment: "Assessment") -> dict[str, Any]:
    """Return what the page says of a model reading an image."""
    return {
        "state": assessment.state,
        "title": assessment.title,
        "reasons": [
            {"key": one.key, "text": one.sentence, "remedy": one.remedy, "quarters": one.quarters}
            for one in assessment.reasons
        ],
    }


def calibrated_probabilities(profile: "Profile", logits: NDArray[np.float32]) -> list[float | None]:
    """Return a profile's probabilities of a model's logits (14,); None for findings that it does not calibrate."""
    return probabilities(logits.astype(np.float64) / profile.temperatures)


def assessment_contents(assessments: "Mapping[str, Assessment]") -> dict[str, Any]:
    """Return the same of several models, by their keys."""
    return {key: assessment_content(found) for key, found in assessments.items()}


def speaker_content(model: Logits) -> dict[str, Any]:
    """Return the same of a loaded model, and the keys of what it can give, which decide which methods fit it."""
    if model not in _CAPABILITIES:
        _CAPABILITIES[model] = [capability.key for capability in capabilities_of(model)]
    return model_content(model.info) | {
        "capabilities": _CAPABILITIES[model],
        "teacher": _teacher_content(model.info.taught_by),
    }


def _teacher_content(teacher: TaughtBy | None) -> dict[str, Any] | None:
    if teacher is None:
        return None
    try:
        entry = find_model(teacher.key)
    except InputError:  # of another version of the program
        return {"key": teacher.key, "label": teacher.key, "weights": teacher.weights_sha256}
    return {"key": teacher.key, "label": entry.label, "weights": teacher.weights_sha256}


def known_model_content(key: str) -> dict[str, Any]:
    """Return what is known of a model before it is loaded."""
    entry = find_model(key)
    capabilities = [capability.key for capability in entry.capabilities]
    return {"key": key, "label": entry.label, "short": entry.short, "capabilities": capabilities}


def method_content(entry: Entry) -> dict[str, Any]:
    """Return how the maps of a method are drawn and scored, and what can be chosen of it.

    Only values that oppose the finding are drawn as opposing; only maps that speak about the finding at all as
    supporting.
    """
    return {
        "key": entry.key,
        "label": entry.label,
        "model": default_model_of(entry.key),
        "needs": {"key": entry.needs.key, "words": entry.needs.needed},
        "unit": entry.view.unit,
        "interpolation": entry.view.resampling,
        "sign": entry.view.sign,
        "floor": entry.view.floor,
        "palette": _palette(entry),
        "kind": KINDS[entry.kind],
        "words": entry.told,
        "equals": list(entry.equals),
        "parameters": field_contents(entry.parameters),
        "refines": entry.refines,
        "cost": _cost_words(entry.cost(entry.parse(None), None), entry.own_passes),
    }


def _cost_words(passes: int, own: bool) -> str:
    if passes == 0:
        return "no pass through the network of its own"
    network = "a network of the official size" if own else "the network"
    return f"{passes:,} pass{'es' if passes > 1 else ''} through {network}"


def _palette(entry: Entry) -> str:
    if not entry.depends_on_finding:
        return "strength"
    return "diverging" if entry.view.negative_opposes else "supporting"


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
    """Return the steps of the agreement's scale, one list of RGB colours for each number of maps from 0 on."""
    return [agreement_colours(count).ravel().tolist() for count in range(MOST_PANES + 1)]


def map_content(explanation: Explanation, store: Store) -> dict[str, Any]:
    """Return one method's maps of all findings as they are shown, and the remark below its pane."""
    remark = find_method(explanation.method).view.remark(explanation)
    note = " ".join(filter(None, (remark, explanation.note)))
    return {**store(explanation.shown), "note": note, "parameters": dict(explanation.parameters)}


def probabilities(logits: NDArray[np.floating]) -> list[float | None]:
    """Return the sigmoid of logits; None for findings that the model does not predict."""
    return [None if np.isnan(value) else float(value) for value in expit(logits.astype(np.float64))]
