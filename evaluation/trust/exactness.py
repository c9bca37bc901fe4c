"""Is the raw patch map exactly what the patch model computed with?

The model's logit is the mean of its patch logits (Wienholt et al., MedicalPatchNet, Scientific Reports 2026), so each
patch contributes its logit divided by the number of patches. Two things follow and are measured: the contributions sum
to the logit, and the logit without some patches is the mean over those left, which a second evaluation of the model
must repeat. Both hold for the plain grid only: a map of several shifts is a mean over other grids.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.trust.base import NAN, FloatArray, PatchModel, Values
from evaluation.trust.masking import Masks, split

TOLERANCE = 1e-5
OTHER_GRID = "not the plain grid of patches"


@dataclass(frozen=True, eq=False)
class Exactness:
    """How far the map is from what the model computes, in logits.

    Attributes:
        logit: the model's logit of the image.
        total: sum of the contributions; NaN where undefined.
        sum_error: |total − logit|.
        left: bool (n, g²), the patches left in each trial.
        expected: float64 (n,), mean of the map over them.
        measured: float64 (n,), what the model says about them alone.
        removal_error: the largest |expected − measured|.
        exact: whether both errors are at most 1e-5, relative to the largest patch logit where that is above 1.
        reason: why errors are NaN; empty where they are defined.
    """

    logit: float
    total: float
    sum_error: float
    left: Masks
    expected: Values
    measured: Values
    removal_error: float
    exact: bool
    reason: str = ""


def exactness(
    model: PatchModel, image: FloatArray, values: FloatArray, finding: int, trials: int = 8, seed: int = 0
) -> Exactness:
    """Compare a raw patch map with the model.

    Args:
        model: the patch model.
        image: (s, s) float32 in [0, 1], its input.
        values: (h, w) float32, the raw map in logits at its own resolution.
        finding: its index.
        trials: how many random sets of patches are removed; of sizes from 1 to all but one.
        seed: of the draws.
    """
    patches = split(image[None], model.patch_size)[0]
    logit = float(model.logits(image[None])[0, finding])
    n = len(patches)
    if values.size != n or not np.isfinite(values).all():
        nothing = np.empty(0)
        return Exactness(logit, NAN, NAN, np.zeros((0, n), bool), nothing, nothing, NAN, False, OTHER_GRID)
    flat = values.ravel().astype(np.float64)
    total = float(flat.sum() / n)
    left = _left(n, trials, np.random.default_rng(seed))
    expected = np.array([flat[kept].mean() for kept in left])
    measured = np.array([model.patch_logits(patches[kept])[:, finding].mean(dtype=np.float64) for kept in left])
    errors = abs(total - logit), float(np.abs(expected - measured).max(initial=0))
    allowed = TOLERANCE * max(1.0, float(np.abs(flat).max()))
    return Exactness(logit, total, errors[0], left, expected, measured, errors[1], max(errors) <= allowed)


def _left(n: int, trials: int, rng: np.random.Generator) -> Masks:
    left = np.ones((trials, n), bool)
    for kept in left:
        kept[rng.choice(n, int(rng.integers(1, n)) if n > 1 else 0, replace=False)] = False
    return left
