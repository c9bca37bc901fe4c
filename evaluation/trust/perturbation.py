"""Deletion and insertion: does the probability follow what the map says is important?

Source: Petsiuk et al., "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC 2018. Pixels are
replaced by a baseline in descending order of the map (deletion: small areas under the probability curve are good), or
put into the baseline in that order (insertion: large areas are good). The area is the trapezoid rule over the share of
the image that was changed, in [0, 1]. Departures: the same baseline serves both directions (RISE deletes to grey and
inserts into a blur), so that both curves run between the same two probabilities; and 64 steps.

A constant map, or one that is not finite, orders nothing: its areas are NaN with the reason. Equal values go in reading
order (see `ranking`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.trust.base import NAN, FloatArray, Model, Values, probability
from evaluation.trust.masking import Baseline, baseline_image, masked_logits
from evaluation.trust.ranking import Pieces, flaw, removal_steps

Direction = Literal["deletion", "insertion"]


@dataclass(frozen=True)
class CurveSettings:
    """How pixels are taken away.

    Attributes:
        baseline: what replaces them.
        steps: in how many steps of equal area.
        pieces: pixels, or whole patches of `piece` pixels; 0 is the patch model's patch size, else an eighth.
    """

    baseline: Baseline = "blur"
    steps: int = 64
    pieces: Pieces = "pixels"
    piece: int = 0


@dataclass(frozen=True, eq=False)
class Curve:
    """Probability by the share of the image that was replaced (deletion) or put in (insertion).

    Attributes:
        shares: float64 (steps + 1,), from 0 to 1.
        probabilities: float64 (steps + 1,); empty where undefined.
        area: under the curve, in [0, 1]; NaN where undefined.
    """

    direction: Direction
    shares: Values
    probabilities: Values
    area: float


@dataclass(frozen=True, eq=False)
class Perturbation:
    """Both curves of one map, with what is needed to draw them.

    Attributes:
        deletion, insertion: the curves.
        removal: int32 (s, s), the step at which each pixel goes; all 0 where undefined.
        image, baseline: (s, s) float32, the two ends.
        reason: why the areas are NaN; empty where they are defined.
    """

    deletion: Curve
    insertion: Curve
    removal: NDArray[np.int32]
    image: FloatArray
    baseline: FloatArray
    reason: str = ""

    def picture(self, direction: Direction, step: int) -> FloatArray:
        """The image after so many steps, (s, s) float32."""
        gone = self.removal <= step if direction == "deletion" else self.removal > step
        return np.where(gone, self.baseline, self.image)


def perturb(
    model: Model,
    image: FloatArray,
    values: FloatArray,
    finding: int,
    settings: CurveSettings | None = None,
    known: dict[bytes, Values] | None = None,
) -> Perturbation:
    """Compute both curves of one map.

    Args:
        model: whose probability is followed.
        image: (s, s) float32 in [0, 1], the model's input.
        values: (s, s) float32, the map at the input's size, signed; larger is more important.
        finding: its index.
        settings: how.
        known: curves of the same model, image and settings by order of removal; read, and added to. Maps that order
            pixels alike, such as the raw and the scaled patch map, then cost nothing twice.
    """
    settings = settings or CurveSettings()
    base = baseline_image(image, settings.baseline)
    reason = flaw(values)
    if reason:
        return Perturbation(
            _undefined("deletion"), _undefined("insertion"), np.zeros(image.shape, np.int32), image, base, reason
        )
    removal = removal_steps(values, settings.steps, settings.pieces, _piece(model, image, settings))
    known = {} if known is None else known
    key = removal.tobytes()
    if key not in known:
        known[key] = probability(_both(model, image, base, removal, settings.steps))
    found = known[key][:, finding]
    count = settings.steps + 1
    return Perturbation(
        _curve("deletion", found[:count]), _curve("insertion", found[count:]), removal, image, base, reason
    )


def _both(model: Model, image: FloatArray, base: FloatArray, removal: NDArray[np.int32], steps: int) -> FloatArray:
    """Logits (2·(steps + 1), 14) along deletion, then along insertion; the ends are those of image and baseline."""
    inner = np.arange(1, steps)[:, None, None]
    gone = removal <= inner
    logits = masked_logits(model, image, base, np.concatenate([gone, ~gone]))
    first, last = model.logits(np.stack([image, base]))[:, None]
    return np.concatenate([first, logits[: steps - 1], last, last, logits[steps - 1 :], first])


def area(shares: Values, probabilities: Values) -> float:
    """Area under a curve by the trapezoid rule."""
    return float(np.trapezoid(probabilities, shares))


def _curve(direction: Direction, probabilities: Values) -> Curve:
    shares = np.linspace(0, 1, len(probabilities))
    return Curve(direction, shares, probabilities, area(shares, probabilities))


def _undefined(direction: Direction) -> Curve:
    nothing: Values = np.empty(0)
    return Curve(direction, nothing, nothing, NAN)


def _piece(model: Model, image: FloatArray, settings: CurveSettings) -> int:
    return settings.piece or int(getattr(model, "patch_size", len(image) // 8))
