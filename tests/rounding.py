"""Where random weights multiply the rounding of float32.

The weights of the golden recipe turn the side letter of a film into logits of 1,000, and a rounding of 1e-7 on the way
there into tens of percent: no two kinds of processor agree on those patches, and the official code's arrays hold what
one kind gave. Which patches they are is found here in float64, without a look at the arrays.
"""

import copy

import numpy as np
import torch

from models.patch_predictor import PatchPredictor

STEADY = 5e-5  # half of what golden numbers may differ by
CELLS = 64
FEW = 16  # patches of a radiograph at most: letters and borders


def relative_errors(patch_logits: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Largest difference of each patch, (64, 14) → (64,), relative to its largest logit, or to 1 where that is less."""
    scale = np.maximum(np.abs(expected).max(axis=1), 1)
    return np.abs(patch_logits - expected).max(axis=1) / scale


def amplified_patches(predictor: PatchPredictor, image: np.ndarray) -> np.ndarray:
    """Patches (64,) bool of an image (512, 512) whose logits in float32 are not those in float64.

    Raises:
        AssertionError: there are more than a few, so it is not rounding.
    """
    network = copy.deepcopy(predictor.module).double().eval()
    with torch.no_grad():
        exact = network(torch.from_numpy(image)[None, None].double())[1][0].numpy()
    found = relative_errors(predictor.predict(image).patch_logits, exact) > STEADY
    assert found.shape == (CELLS,)
    assert np.count_nonzero(found) <= FEW, np.flatnonzero(found)
    return found


def repeats(predictor: PatchPredictor, image: np.ndarray, patch_logits: np.ndarray) -> bool:
    """Whether this processor rounds an image's amplified patches as the one that made the golden patch logits."""
    amplified = amplified_patches(predictor, image)
    errors = relative_errors(predictor.predict(image).patch_logits, patch_logits)
    return bool((errors[amplified] <= 2 * STEADY).all())
