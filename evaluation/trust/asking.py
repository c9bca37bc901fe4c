"""One function a check for the page and the command: from an explanation and the models to a result that can be drawn.

Every function takes the passes of one image, one method's explanation of it and the index of a finding, picks the model
that the method explains, and returns the frozen result of the check's own module. `shared`, where it is taken, is a
dictionary kept for one image: methods that explain the same model then do not repeat each other's passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from evaluation.trust.attended import Attended, AttendedSettings, attended_against_random
from evaluation.trust.base import FloatArray, Model, PatchModel
from evaluation.trust.exactness import Exactness, exactness
from evaluation.trust.perturbation import CurveSettings, Perturbation, perturb
from evaluation.trust.sanity import Sanity, sanity
from evaluation.trust.shortcut import MapChange, MarginChange, ShortcutSettings, map_changes, margin_changes
from evaluation.trust.stability import DISTURBANCES, Disturbance, Stability, stability
from explainers.explanation import Explanation, enlarge
from explainers.passes import Passes
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from models.architecture import ModelKind
from models.predictor import CnnPredictor, PatchPredictor

Shared = dict[Any, Any]
Cascade = Sequence[tuple[str, PatchPredictor | CnnPredictor]]


@dataclass(frozen=True, eq=False)
class Shortcut:
    """What corners and borders mean to the model, and to the map."""

    margins: tuple[MarginChange, ...]
    maps: tuple[MapChange, ...]


def kind_of(explanation: Explanation) -> ModelKind:
    """The kind of model that a method explains."""
    return EXPLAINERS[explanation.method].model


def model_of(passes: Passes, kind: ModelKind) -> Model:
    """The model itself."""
    return passes.patchnet if kind == "medicalpatchnet" else passes.cnn


def image_of(passes: Passes, explanation: Explanation) -> FloatArray:
    """The image as the explained model takes it, (s, s) float32."""
    return passes.input(kind_of(explanation)).image


def map_of(explanation: Explanation, finding: int) -> FloatArray:
    """One finding's map at the size of the model's input, (s, s) float32, signed."""
    chosen = explanation.maps[finding : finding + 1]
    return enlarge(chosen, explanation.geometry.input_size, explanation.resampling)[0]


def ask_perturbation(
    passes: Passes,
    explanation: Explanation,
    finding: int,
    settings: CurveSettings | None = None,
    shared: Shared | None = None,
) -> Perturbation:
    """Deletion and insertion; see `perturbation`."""
    settings, kind = settings or CurveSettings(), kind_of(explanation)
    known = {} if shared is None else shared.setdefault(("curves", kind, settings), {})
    image = image_of(passes, explanation)
    return perturb(model_of(passes, kind), image, map_of(explanation, finding), finding, settings, known)


def ask_attended(
    passes: Passes, explanation: Explanation, finding: int, settings: AttendedSettings | None = None
) -> Attended:
    """The attended region against random regions; see `attended`."""
    model, image = model_of(passes, kind_of(explanation)), image_of(passes, explanation)
    return attended_against_random(model, image, map_of(explanation, finding), finding, settings)


def ask_exactness(passes: Passes, explanation: Explanation, finding: int, trials: int = 8, seed: int = 0) -> Exactness:
    """Whether the raw patch map is what the patch model computed with; see `exactness`."""
    model = cast(PatchModel, passes.patchnet)
    return exactness(model, image_of(passes, explanation), explanation.maps[finding], finding, trials, seed)


def ask_stability(
    passes: Passes,
    explanation: Explanation,
    finding: int,
    disturbances: Sequence[Disturbance] = DISTURBANCES,
    seed: int = 0,
    shared: Shared | None = None,
) -> tuple[Stability, ...]:
    """How the map changes under small disturbances; see `stability`."""
    again = _Again(passes, explanation, finding, shared)
    image = image_of(passes, explanation)
    return stability(
        image,
        map_of(explanation, finding),
        lambda disturbed, disturbance: again(disturbed, ("disturbed", disturbance, seed)),
        disturbances,
        seed,
    )


def ask_sanity(
    passes: Passes, explanation: Explanation, finding: int, cascade: Cascade, shared: Shared | None = None
) -> Sanity:
    """The map while the model's weights become random; see `sanity`.

    Args:
        passes: the image.
        explanation: the trained model's map.
        finding: its index.
        cascade: what `sanity.cascade` gave for the explained model, made once for all images.
        shared: kept for this image.
    """
    kind, image = kind_of(explanation), image_of(passes, explanation)
    kept = {} if shared is None else shared
    maps = []
    for name, predictor in cascade:
        key = ("random", kind, name)
        if key not in kept:
            kept[key] = _passes(image, explanation.geometry, kind, predictor)
        maps.append(_maps(kept[key], explanation)[finding])
    return sanity(explanation.maps[finding], np.stack(maps), [name for name, _ in cascade])


def ask_shortcut(
    passes: Passes,
    explanation: Explanation,
    finding: int,
    settings: ShortcutSettings | None = None,
    shared: Shared | None = None,
) -> Shortcut:
    """What corners and borders mean to the model and to the map; see `shortcut`."""
    settings, kind = settings or ShortcutSettings(), kind_of(explanation)
    kept = {} if shared is None else shared
    key = ("margins", kind, finding, settings)
    if key not in kept:
        kept[key] = margin_changes(model_of(passes, kind), image_of(passes, explanation), finding, settings)
    again = _Again(passes, explanation, finding, shared)
    maps = map_changes(
        map_of(explanation, finding),
        kept[key],
        lambda change: again(change.image, ("without", change.margin, settings)),
    )
    return Shortcut(kept[key], maps)


class _Again:
    """Explains changed images with the same method, keeping the passes of each for the other methods."""

    def __init__(self, passes: Passes, explanation: Explanation, finding: int, shared: Shared | None) -> None:
        self._passes, self._explanation, self._finding = passes, explanation, finding
        self._shared: Shared = {} if shared is None else shared

    def __call__(self, image: FloatArray, name: Any) -> FloatArray:
        explanation, kind = self._explanation, kind_of(self._explanation)
        key = ("changed", kind, name)
        if key not in self._shared:
            model = cast(PatchPredictor | CnnPredictor, model_of(self._passes, kind))
            self._shared[key] = _passes(image, explanation.geometry, kind, model)
        maps = _maps(self._shared[key], explanation)[self._finding : self._finding + 1]
        return enlarge(maps, explanation.geometry.input_size, explanation.resampling)[0]


def _passes(image: FloatArray, geometry: Geometry, kind: ModelKind, predictor: PatchPredictor | CnnPredictor) -> Passes:
    if kind == "medicalpatchnet":
        return Passes(image, geometry, patchnet=cast(PatchPredictor, predictor))
    return Passes(image, geometry, cnn=cast(CnnPredictor, predictor))


def _maps(passes: Passes, explanation: Explanation) -> FloatArray:
    method = explanation.method
    return explain_all(passes, [method], {method: explanation.parameters})[method].maps


def index_of(finding: str) -> int:
    """The index of a finding in CheXpert's order."""
    return FINDINGS.index(finding)
