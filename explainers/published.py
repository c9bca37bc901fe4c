"""The forms in which the official code stores and draws maps, for pictures and scores that equal the published ones.

All of this loses information (sign, scale or precision), so it is applied when drawing or scoring, never before.
"""

import numpy as np

from explainers.explanation import enlarge
from explainers.types import FloatArray

_CLIP = np.float32(200.0)  # NORM_VAL of the official code, in logits
_EPSILON = 1e-7


def patch_export(maps: FloatArray, size: int) -> FloatArray:
    """Patch maps as MedicalPatchNet's official code exports them: clip(map, ±200)/400 + 0.5 in float32.

    A map scaled by a tiny probability keeps only a few distinct values in this form.

    Args:
        maps: (n, h, w) float32, signed, in logits; h and w divide the size.
        size: side of the model's input.

    Returns:
        (n, size, size) float32 in [0, 1]; 0.5 is neutral.
    """
    return (np.clip(enlarge(maps, size, "nearest"), -_CLIP, _CLIP) + _CLIP) / (2 * _CLIP)


def cam_picture(maps: FloatArray, size: int) -> FloatArray:
    """Class activation maps as pytorch-grad-cam draws them: ReLU, rescaled, enlarged, rescaled once more.

    Rescaling takes the minimum off and divides by (maximum + 1e-7), for each map by itself; enlarging is OpenCV's
    bilinear. A map without a positive value becomes all 0.

    Args:
        maps: (n, h, w) float32, signed.
        size: side of the model's input.

    Returns:
        (n, size, size) float32 in [0, 1].
    """
    enlarged = enlarge(_rescaled(np.maximum(maps, 0)), size, "bilinear")
    return _rescaled(np.maximum(enlarged, 0))


def positive_picture(maps: FloatArray, size: int) -> FloatArray:
    """Maps whose cells hold as a whole, in the same way: ReLU, each cell repeated, rescaled; (n, size, size) in [0, 1].

    The maps' sides divide the size.
    """
    return _rescaled(enlarge(np.maximum(maps, 0), size, "nearest"))


def _rescaled(maps: FloatArray) -> FloatArray:
    from_zero = maps - maps.min(axis=(1, 2), keepdims=True)
    return from_zero / (_EPSILON + from_zero.max(axis=(1, 2), keepdims=True))
