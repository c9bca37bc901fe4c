"""In which order a map wants pixels taken away."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.trust.base import FloatArray

Pieces = Literal["pixels", "patches"]
CONSTANT = "constant map"
NOT_FINITE = "map that is not finite"


def flaw(values: FloatArray) -> str:
    """Why a map ranks nothing: it is constant, or holds NaN or infinity; empty where it ranks."""
    if not np.isfinite(values).all():
        return NOT_FINITE
    return CONSTANT if values.size == 0 or values.min() == values.max() else ""


def removal_steps(values: FloatArray, steps: int, pieces: Pieces = "pixels", piece: int = 1) -> NDArray[np.int32]:
    """The step at which each pixel goes, in descending order of the map; equals go in reading order, row by row.

    After step k, ⌊k·n/steps⌋ of the n pieces are gone, so nothing is gone before the first step and everything after
    the last. Reading order makes pixels of one patch of a patch map, which are all equal, go patch by patch.

    Args:
        values: (s, s) float32, finite; a constant map gives reading order, which means nothing (see `flaw`).
        steps: how many.
        pieces: "pixels", or "patches": squares of `piece` pixels, ranked by their mean, that go as a whole.
        piece: side of a patch in pixels; divides s.

    Returns:
        int32 (s, s), 1 … steps.

    Raises:
        ValueError: there is no step, or the patches do not fit.
    """
    if steps < 1:
        raise ValueError(f"Expected at least one step, found {steps}.")
    if pieces == "patches":
        side = len(values)
        if piece < 1 or side % piece:
            raise ValueError(f"Expected patches whose side divides {side}, found {piece}.")
        g = side // piece
        means = values.reshape(g, piece, g, piece).mean(axis=(1, 3), dtype=np.float64)
        return _steps(means, steps).repeat(piece, axis=0).repeat(piece, axis=1)
    return _steps(values, steps)


def _steps(values: NDArray, steps: int) -> NDArray[np.int32]:
    n = values.size
    gone = np.arange(steps + 1) * n // steps
    found = np.empty(n, np.int32)
    found[np.argsort(-values, axis=None, kind="stable")] = np.searchsorted(gone, np.arange(n), side="right")
    return found.reshape(values.shape)


def top(values: FloatArray, share: float) -> NDArray[np.bool_]:
    """The share of pixels with the largest values, bool; equals in reading order; at least one pixel.

    Raises:
        ValueError: the share is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"Expected a share above 0 and at most 1, found {share}.")
    count = max(1, round(share * values.size))
    chosen = np.zeros(values.size, bool)
    chosen[np.argsort(-values, axis=None, kind="stable")[:count]] = True
    return chosen.reshape(values.shape)
