"""One function a check for the page and the command: from an explanation and its model to a result that can be drawn.

Every function takes what the explained model says about one image (`runs[explanation.model]`), a method's explanation
of it and the index of a finding, and returns the frozen result of the check's own module. `shared`, where it is taken,
is a dictionary kept for one image: methods that explain the same model then do not repeat each other's passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data_cache.findings import FINDINGS
from evaluation.trust.attended import Attended, AttendedSettings, attended_against_random
from evaluation.trust.base import Cascade, FloatArray
from evaluation.trust.exactness import Exactness, exactness
from evaluation.trust.perturbation import CurveSettings, Perturbation, perturb
from evaluation.trust.sanity import Sanity, sanity
from evaluation.trust.shortcut import MapChange, MarginChange, ShortcutSettings, map_changes, margin_changes
from evaluation.trust.stability import DISTURBANCES, Disturbance, Stability, stability
from explainers.explanation import Explanation, enlarge
from explainers.model_run import ModelRun
from explainers.run import explain_all
from models.capabilities import Logits

Shared = dict[Any, Any]


@dataclass(frozen=True, eq=False)
class Shortcut:
    """What corners and borders mean to the model, and to the map."""

    margins: tuple[MarginChange, ...]
    maps: tuple[MapChange, ...]


def map_of(explanation: Explanation, finding: int) -> FloatArray:
    """One finding's shown map at the size of the model's input, (s, s) float32, signed."""
    chosen = explanation.shown[finding : finding + 1]
    return enlarge(chosen, explanation.geometry.input_size, explanation.resampling)[0]


def evaluate_perturbation(
    run: ModelRun,
    explanation: Explanation,
    finding: int,
    settings: CurveSettings | None = None,
    shared: Shared | None = None,
) -> Perturbation:
    """Deletion and insertion; see `perturbation`."""
    settings = settings or CurveSettings()
    known = {} if shared is None else shared.setdefault(("curves", run.key, settings), {})
    return perturb(run.model, run.image, map_of(explanation, finding), finding, settings, known)


def evaluate_attended(
    run: ModelRun, explanation: Explanation, finding: int, settings: AttendedSettings | None = None
) -> Attended:
    """The attended region against random regions; see `attended`."""
    return attended_against_random(run.model, run.image, map_of(explanation, finding), finding, settings)


def evaluate_exactness(
    run: ModelRun, explanation: Explanation, finding: int, trials: int = 8, seed: int = 0
) -> Exactness:
    """Whether a map of patches is what the patch model computed with; see `exactness`.

    Raises:
        InputError: the model does not classify patches.
    """
    return exactness(run.patch_model, run.image, explanation.maps[finding], finding, trials, seed)


def evaluate_stability(
    run: ModelRun,
    explanation: Explanation,
    finding: int,
    disturbances: Sequence[Disturbance] = DISTURBANCES,
    seed: int = 0,
    shared: Shared | None = None,
) -> tuple[Stability, ...]:
    """How the map changes under small disturbances; see `stability`."""
    again = _Again(run, explanation, finding, shared)
    return stability(
        run.image,
        map_of(explanation, finding),
        lambda disturbed, disturbance: again(disturbed, ("disturbed", disturbance, seed)),
        disturbances,
        seed,
    )


def evaluate_sanity(
    run: ModelRun, explanation: Explanation, finding: int, cascade: Cascade, shared: Shared | None = None
) -> Sanity:
    """The map while the model's weights become random; see `sanity`.

    Args:
        run: the image.
        explanation: the trained model's map.
        finding: its index.
        cascade: what `sanity.cascade` gave for the explained model, made once for all images.
        shared: kept for this image.
    """
    kept = {} if shared is None else shared
    maps = []
    for name, model in cascade:
        key = ("random", run.key, name)
        if key not in kept:
            kept[key] = _run(run.image, explanation, model)
        maps.append(_maps(kept[key], explanation)[finding])
    return sanity(explanation.shown[finding], np.stack(maps), [name for name, _ in cascade])


def evaluate_shortcut(
    run: ModelRun,
    explanation: Explanation,
    finding: int,
    settings: ShortcutSettings | None = None,
    shared: Shared | None = None,
) -> Shortcut:
    """What corners and borders mean to the model and to the map; see `shortcut`."""
    settings = settings or ShortcutSettings()
    kept = {} if shared is None else shared
    key = ("margins", run.key, finding, settings)
    if key not in kept:
        kept[key] = margin_changes(run.model, run.image, finding, settings)
    again = _Again(run, explanation, finding, shared)
    maps = map_changes(
        map_of(explanation, finding),
        kept[key],
        lambda change: again(change.image, ("without", change.margin, settings)),
    )
    return Shortcut(kept[key], maps)


class _Again:
    """Explains changed images with the same method, keeping what the model says of each for the other methods."""

    def __init__(self, run: ModelRun, explanation: Explanation, finding: int, shared: Shared | None) -> None:
        self._model, self._explanation, self._finding = run.model, explanation, finding
        self._shared: Shared = {} if shared is None else shared

    def __call__(self, image: FloatArray, name: Any) -> FloatArray:
        explanation = self._explanation
        key = ("changed", explanation.model, name)
        if key not in self._shared:
            self._shared[key] = _run(image, explanation, self._model)
        maps = _maps(self._shared[key], explanation)[self._finding : self._finding + 1]
        return enlarge(maps, explanation.geometry.input_size, explanation.resampling)[0]


def _run(image: FloatArray, explanation: Explanation, model: Logits) -> ModelRun:
    return ModelRun(image, explanation.geometry, model)


def _maps(run: ModelRun, explanation: Explanation) -> FloatArray:
    name = explanation.name
    return explain_all({explanation.model: run}, [name], {name: explanation.parameters})[name].shown


def index_of(finding: str) -> int:
    """The index of a finding in CheXpert's order."""
    return FINDINGS.index(finding)
