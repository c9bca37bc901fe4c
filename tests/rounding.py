"""Where random weights multiply the rounding of float32.

The weights of the golden recipe turn the side letter of a film into logits of 1,000, and a rounding of 1e-7 on the way
there into tens of percent: no two kinds of processor agree on those patches, and the official code's arrays hold what
one kind gave. Of a patch that differs from the arrays it is found in float64, without a look at them, whether it is one
of those.
"""

import copy
from functools import cache

import numpy as np
import torch

from models.medicalpatchnet import split_patches
from models.patch_predictor import PatchPredictor

LIMIT = 1e-4  # what golden numbers may differ by
STEADY = LIMIT / 2
FEW = 16  # patches of a radiograph at most: letters and borders


def relative_errors(patch_logits: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Largest difference of each patch, (n, 14) → (n,), relative to its largest logit, or to 1 where that is less."""
    scale = np.maximum(np.abs(expected).max(axis=1), 1)
    return np.abs(patch_logits - expected).max(axis=1) / scale


def amplified(
    predictor: PatchPredictor, image: np.ndarray, patch_logits: np.ndarray, differing: np.ndarray
) -> np.ndarray:
    """Patches (64,) bool among those that differ from golden ones whose logits (64, 14) are not those in float64.

    Raises:
        AssertionError: more than a few differ, so it is not rounding.
    """
    found = differing.copy()
    if not differing.any():
        return found
    assert np.count_nonzero(differing) <= FEW, np.flatnonzero(differing)
    patches = split_patches(torch.from_numpy(image)[None, None], predictor.patch_size)[differing]
    exact = _in_float64(predictor, patches.numpy().tobytes())
    found[differing] = relative_errors(patch_logits[differing], exact) > STEADY
    return found


@cache
def _in_float64(predictor: PatchPredictor, patches: bytes) -> np.ndarray:
    """Logits (n, 14) of float32 patches."""
    side = predictor.patch_size
    network = copy.deepcopy(predictor.module.get_submodule("backbone")).double().eval()
    with torch.no_grad():
        logits = network(torch.from_numpy(np.frombuffer(patches, np.float32).reshape(-1, 1, side, side).astype(float)))
    return np.asarray(logits)


def repeats(predictor: PatchPredictor, image: np.ndarray, golden: np.ndarray) -> bool:
    """Whether this processor rounds an image's amplified patches as the one that made the golden patch logits."""
    found = predictor.predict(image).patch_logits
    return not amplified(predictor, image, found, relative_errors(found, golden) > LIMIT).any()
