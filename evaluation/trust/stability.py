"""Does the map stay when the image changes in ways that change nothing about the patient?

S = 1 − ‖A − ΠA′‖₁ / (‖A‖₁ + ε), A the signed map at the input's size, A′ the map of the disturbed image, Π undoing a
shift or resize; both sums over the pixels that both images show. 1: unchanged; 0: the change is as large as the map;
negative: larger. A map that is zero everywhere has nothing to keep and is undefined (NaN); so is one not finite.

Related: Alvarez-Melis and Jaakkola, "On the robustness of interpretability methods", 2018; Yeh et al., "On the
(in)fidelity and sensitivity of explanations", NeurIPS 2019 (max-sensitivity, for which S is a bounded cousin).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from evaluation.trust.base import NAN, FloatArray
from evaluation.trust.masking import Masks

Kind = Literal["contrast", "noise", "shift", "resize", "occlusion"]
EPSILON = 1e-8
BLANK = "blank map"
NOT_FINITE = "map that is not finite"


@dataclass(frozen=True)
class Disturbance:
    """One way to change an image, and how much.

    Attributes:
        kind: "contrast": distances from the image's mean times 1 − strength, clipped to [0, 1]; "noise": Gaussian of
            this standard deviation, clipped; "shift": right and down by this share of the side, the border repeated;
            "resize": shrunk about the centre to 1 − strength, the border repeated; "occlusion": a square of this share
            of the side, at a random place, filled with the image's mean.
        strength: above 0 and below 1; 0 changes nothing.
    """

    kind: Kind
    strength: float

    @property
    def label(self) -> str:
        """Name in tables."""
        return f"{self.kind} {self.strength:g}"

    def apply(self, image: FloatArray, seed: int = 0) -> FloatArray:
        """The disturbed image, (s, s) float32."""
        if self.kind == "contrast":
            mean = image.mean(dtype=np.float64)
            return np.clip(mean + (1 - self.strength) * (image - mean), 0, 1).astype(np.float32)
        if self.kind == "noise":
            noise = np.random.default_rng(seed).normal(0, self.strength, image.shape)
            return np.clip(image + noise, 0, 1).astype(np.float32)
        if self.kind == "occlusion":
            return np.where(self._square(len(image), seed), image.mean(dtype=np.float64), image).astype(np.float32)
        return _warped(image, self._matrix(len(image)))

    def undo(self, values: FloatArray, seed: int = 0) -> tuple[FloatArray, Masks]:
        """Π: a map of the disturbed image back in the place of the original's, and which pixels both show.

        Args:
            values: (s, s) float32.
            seed: of `apply`.
        """
        side = len(values)
        everywhere = np.ones(values.shape, bool)
        if self.kind == "occlusion":
            return values, ~self._square(side, seed)
        if self.kind in ("contrast", "noise"):
            return values, everywhere
        matrix = self._matrix(side)
        inverse = cv2.invertAffineTransform(matrix)
        # a pixel is shown by both where its place in the disturbed image lies inside that image
        y, x = np.mgrid[:side, :side]
        there = matrix[:, :2] @ np.stack([x.ravel(), y.ravel()]) + matrix[:, 2:]
        shown = ((there > -0.5) & (there < side - 0.5)).all(axis=0).reshape(side, side)
        return _warped(values, inverse), shown

    def _matrix(self, side: int) -> np.ndarray:
        """Where a pixel (x, y) of the original goes, 2×3; pixel centres at whole numbers, as OpenCV counts."""
        if self.kind == "shift":
            pixels = round(self.strength * side)
            return np.array([[1, 0, pixels], [0, 1, pixels]], np.float64)
        factor, centre = 1 - self.strength, (side - 1) / 2
        return np.array([[factor, 0, (1 - factor) * centre], [0, factor, (1 - factor) * centre]])

    def _square(self, side: int, seed: int) -> Masks:
        length = round(self.strength * side)
        row, column = np.random.default_rng(seed).integers(0, side - length + 1, 2)
        covered = np.zeros((side, side), bool)
        covered[row : row + length, column : column + length] = True
        return covered


_STRENGTHS: tuple[tuple[Kind, tuple[float, ...]], ...] = (
    ("contrast", (0.1, 0.3, 0.5)),
    ("noise", (0.01, 0.03, 0.1)),
    ("shift", (1 / 64, 1 / 32, 1 / 16)),
    ("resize", (0.05, 0.1, 0.2)),
    ("occlusion", (1 / 16, 1 / 8, 3 / 16)),
)
DISTURBANCES: tuple[Disturbance, ...] = tuple(
    Disturbance(kind, strength) for kind, strengths in _STRENGTHS for strength in strengths
)


@dataclass(frozen=True, eq=False)
class Stability:
    """How much one map changed under one disturbance.

    Attributes:
        disturbance: what was done.
        score: S; NaN where undefined.
        image: (s, s) float32, the disturbed image.
        values: (s, s) float32, its map ΠA′, back in place.
        shown: bool (s, s), the pixels that count.
        reason: why the score is NaN; empty where it is defined.
    """

    disturbance: Disturbance
    score: float
    image: FloatArray
    values: FloatArray
    shown: Masks
    reason: str = ""


def similarity(values: FloatArray, other: FloatArray, shown: Masks | None = None) -> float:
    """S of two maps (s, s) over the pixels shown; NaN for a blank first map or values that are not finite.

    Raises:
        ValueError: the shapes differ.
    """
    if values.shape != other.shape:
        raise ValueError(f"Expected two maps of one shape, found {values.shape} and {other.shape}.")
    chosen = np.ones(values.shape, bool) if shown is None else shown
    a, b = values[chosen].astype(np.float64), other[chosen].astype(np.float64)
    size = float(np.abs(a).sum())
    if size == 0 or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return NAN
    return 1 - float(np.abs(a - b).sum()) / (size + EPSILON)


def stability(
    image: FloatArray,
    values: FloatArray,
    explain: Callable[[FloatArray, Disturbance], FloatArray],
    disturbances: Sequence[Disturbance] = DISTURBANCES,
    seed: int = 0,
) -> tuple[Stability, ...]:
    """Explain disturbed images and compare.

    Args:
        image: (s, s) float32 in [0, 1], the model's input.
        values: (s, s) float32, its map at the input's size.
        explain: gives the map (s, s) of a disturbed image; told the disturbance, so that it can keep what it computed.
        disturbances: which.
        seed: of noise and occlusion.
    """
    found = []
    for disturbance in disturbances:
        disturbed = disturbance.apply(image, seed)
        back, shown = disturbance.undo(explain(disturbed, disturbance), seed)
        score = similarity(values, back, shown)
        reason = "" if not np.isnan(score) else _why(values, back)
        found.append(Stability(disturbance, score, disturbed, back, shown, reason))
    return tuple(found)


def _why(values: FloatArray, other: FloatArray) -> str:
    return BLANK if np.isfinite(values).all() and np.isfinite(other).all() else NOT_FINITE


def _warped(values: FloatArray, matrix: np.ndarray) -> FloatArray:
    side = len(values)
    return cv2.warpAffine(
        np.ascontiguousarray(values), matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32, copy=False)
