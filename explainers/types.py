"""Words that all of this room shares."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IsCancelled = Callable[[], bool]
Resampling = Literal["nearest", "bilinear"]


class Cancelled(Exception):  # noqa: N818  it is no error: somebody asked for it
    """The work was given up because the caller no longer wants it."""


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(frozen=True)
class Evidence:
    """Activations of one layer, and how the logits depend on them.

    Attributes:
        features: (C, h, w) float32.
        gradients: gives the derivatives of the findings' logits by the features, in the order of the findings, in
            one or several batches of float32 (n, C, h, w), or (n, C, 1, 1) where they are the same everywhere; 0 for
            findings that the model does not predict.
        corrected: gives in the same form the gradients less half of the second derivatives' product with the features,
            as Shapley-CAM takes them; the gradients themselves where the logits are linear in the features.
        linear: whether they are: logits are a linear function of the features' mean over space.
        note: what a reader must know of them, as a sentence; empty where nothing.
    """

    features: FloatArray
    gradients: Callable[[], Iterator[FloatArray]]
    corrected: Callable[[], Iterator[FloatArray]]
    linear: bool = False
    note: str = ""
