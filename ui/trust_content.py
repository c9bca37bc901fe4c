"""What the tab Trust is told about checks: plain JSON, undefined numbers as null, with small pictures as files."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.trust.attended import Attended
from evaluation.trust.base import Check, Measured
from evaluation.trust.evaluate_check import Shortcut
from evaluation.trust.exactness import Exactness
from evaluation.trust.perturbation import Curve, Perturbation
from evaluation.trust.quality import MEASURES, Quality, QualityReference
from evaluation.trust.stability import Stability
from explainers.explanation import Explanation
from explainers.registry import EXPLAINERS
from ui.content import method_content
from ui.rendering import grey_bytes, overlay, png

Json = dict[str, Any]
Shelve = Callable[[bytes], Json]  # lays a PNG out where the browser can fetch it
PICTURE_SIDE = 168  # pixels, shown at two thirds of that
_OPACITY = 0.7


def plain(value: float) -> float | None:
    """A number as JSON has it: None where it is not finite."""
    return float(value) if math.isfinite(value) else None


def perturbation_content(found: Perturbation) -> Json:
    """Both curves, with their areas."""
    return {"deletion": _curve(found.deletion), "insertion": _curve(found.insertion), "reason": found.reason}


def _curve(curve: Curve) -> Json:
    if math.isnan(curve.area):
        return {"xs": [], "ys": [], "area": None}
    return {"xs": curve.shares.tolist(), "ys": curve.probabilities.tolist(), "area": plain(curve.area)}


def attended_content(found: Attended) -> Json:
    """The fall without the attended region, and those without random ones."""
    return {
        "drop": plain(found.drop),
        "random": found.random_drops.tolist(),
        "difference": plain(found.difference),
        "reason": found.reason,
    }


def stability_content(found: Sequence[Stability], explanation: Explanation, limit: float, shelve: Shelve) -> list[Json]:
    """One score and one picture a disturbance.

    Args:
        found: of the check.
        explanation: of the undisturbed image.
        limit: end of the colour scale, that of the undisturbed map.
        shelve: where pictures go.
    """
    palette = method_content(EXPLAINERS[explanation.method])["palette"]
    return [
        {
            "label": f"{one.disturbance.kind} {_percent(one.disturbance.strength)}",
            "score": plain(one.score),
            "reason": one.reason,
            "picture": shelve(png(_small(overlay(one.image, one.values, limit, _OPACITY, palette)))),
        }
        for one in found
    ]


def shortcut_content(found: Shortcut, shelve: Shelve) -> Json:
    """What corners and borders mean to the model and to the map."""
    margins = [
        {
            "margin": change.margin,
            "change": plain(change.change),
            "control": plain(float(np.abs(change.control_changes).mean())) if len(change.control_changes) else None,
            "flagged": bool(change.flagged),
            "picture": shelve(png(_small(grey_bytes(change.image)))),
        }
        for change in found.margins
    ]
    maps = [
        {"margin": one.margin, "share": plain(one.share), "ratio": plain(one.ratio), "kept": plain(one.kept)}
        for one in found.maps
    ]
    return {"margins": margins, "maps": maps}


def exactness_content(found: Exactness) -> Json:
    """The sum against the logit, and the worst of the trials."""
    return {
        "total": plain(found.total),
        "logit": plain(found.logit),
        "sum_error": plain(found.sum_error),
        "removal_error": plain(found.removal_error),
        "exact": bool(found.exact),
        "reason": found.reason,
    }


def quality_content(found: Quality, reference: QualityReference, data: str) -> Json:
    """What is unusual, and every measure with its usual range."""
    rows = [
        _measure(name, found.values[name], reference) for name in MEASURES if MEASURES[name].low or MEASURES[name].high
    ]
    return {"whose": reference.whose, "data": data, "rows": rows}


def _measure(name: str, value: float, reference: QualityReference) -> Json:
    limits, measure = reference.ranges[name], MEASURES[name]
    judged = abs(value) if name == "angle" else value
    outside = bool((measure.low and judged < limits.low) or (measure.high and judged > limits.high))
    return {
        "measure": name,
        "words": measure.words,
        "value": float(judged),
        "low": limits.low,
        "high": limits.high,
        "outside": outside,
    }


def measured_content(check: Check, found: Sequence[Measured]) -> list[Json]:
    """The numbers of a check that is not drawn in its own way."""
    return [
        {
            "metric": check.metrics[one.metric].label,
            "words": check.metrics[one.metric].words,
            "setting": one.setting,
            "value": plain(one.value),
            "reason": one.reason,
        }
        for one in found
    ]


def check_contents(checks: Mapping[str, Check]) -> list[Json]:
    """What the page says about each check."""
    names = ("key", "label", "words", "definition", "paper")
    return [{**{name: getattr(check, name) for name in names}, "needs": check.needs.words} for check in checks.values()]


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, (PICTURE_SIDE, PICTURE_SIDE), interpolation=cv2.INTER_AREA), np.uint8)
