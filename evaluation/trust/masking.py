"""What a model says when parts of an image are replaced: the one place where perturbed images are made and run.

The patch model's logits depend on one patch each, so only patches that differ are run, each once: replacing whole
patches in any number of ways costs two passes over the image.
"""

from typing import Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.trust.base import FloatArray, Model, PatchModel

Baseline = Literal["blur", "mean", "black"]
Masks = NDArray[np.bool_]
BLUR = 1 / 16  # standard deviation of the blur, relative to the image's side
_AT_ONCE = 64  # images that are in memory together


def baseline_image(image: FloatArray, kind: Baseline = "blur") -> FloatArray:
    """What replaces the pixels that are taken away.

    Args:
        image: (s, s) float32 in [0, 1].
        kind: "blur", a Gaussian blur with a standard deviation of s/16 (RISE blurs 224 pixels with 5, s/45, which
            leaves findings as large as an effusion where they are); "mean", the image's mean everywhere; "black", 0.

    Raises:
        ValueError: there is no such kind.
    """
    if kind == "blur":
        sigma = BLUR * len(image)
        return cv2.GaussianBlur(np.ascontiguousarray(image), (0, 0), sigma, borderType=cv2.BORDER_REFLECT).astype(
            np.float32, copy=False
        )
    if kind == "mean":
        return np.full(image.shape, image.mean(dtype=np.float64), np.float32)
    if kind == "black":
        return np.zeros(image.shape, np.float32)
    raise ValueError(f"Expected the baseline blur, mean or black, found {kind!r}.")


def masked_logits(model: Model, image: FloatArray, fill: FloatArray, masks: Masks) -> FloatArray:
    """Logits of an image with parts of it replaced.

    Args:
        model: any model; of one with `patch_logits` only the patches that differ are run.
        image: (s, s) float32 in [0, 1].
        fill: (s, s) float32, what stands where a mask is true; or (n, s, s), one for each mask.
        masks: bool (n, s, s).

    Returns:
        (n, 14) float32.

    Raises:
        ValueError: the shapes do not fit.
    """
    if masks.ndim != 3 or masks.shape[1:] != image.shape or fill.shape not in (image.shape, masks.shape):
        raise ValueError(
            f"Expected masks (n, s, s) and a fill for an image of shape {image.shape}, found {masks.shape} "
            f"and {fill.shape}."
        )
    if not len(masks):
        return np.empty((0, model.logits(image[None]).shape[1]), np.float32)
    if hasattr(model, "patch_logits"):
        return _by_patches(cast(PatchModel, model), image, fill, masks)
    return plain_masked_logits(model, image, fill, masks)


def plain_masked_logits(model: Model, image: FloatArray, fill: FloatArray, masks: Masks) -> FloatArray:
    """The same as `masked_logits`, every image run as a whole."""
    fills = np.broadcast_to(fill, masks.shape)
    parts = [
        model.logits(np.where(masks[start : start + _AT_ONCE], fills[start : start + _AT_ONCE], image))
        for start in range(0, len(masks), _AT_ONCE)
    ]
    return np.concatenate(parts)


def _by_patches(model: PatchModel, image: FloatArray, fill: FloatArray, masks: Masks) -> FloatArray:
    p = model.patch_size
    cells = split(masks, p)
    n, count = cells.shape[:2]
    flat = cells.reshape(n * count, p * p)
    image_of, place_of = (part.ravel() for part in np.mgrid[:n, :count].astype(np.uint32))
    # two patches are the same when they lie in the same place and the same of their pixels are replaced by the same
    filled = np.where(flat.any(axis=1) & (fill.ndim == 3), image_of, 0).astype(np.uint32)
    names = np.concatenate(
        [place_of[:, None].view(np.uint8), filled[:, None].view(np.uint8), np.packbits(flat, axis=1)], 1
    )
    rows = np.ascontiguousarray(names).view(np.dtype((np.void, names.shape[1])))[:, 0]
    _, first, back = np.unique(rows, return_index=True, return_inverse=True)
    fills, which = (split(fill, p), image_of[first]) if fill.ndim == 3 else (split(fill[None], p), 0)
    places, replaced = place_of[first], flat[first].reshape(-1, p, p)
    patches = np.where(replaced, fills[which, places], split(image[None], p)[0][places])
    logits = model.patch_logits(patches)
    return logits[back.reshape(n, count)].mean(axis=1, dtype=np.float64).astype(np.float32)


def split(images: NDArray, p: int) -> NDArray:
    """Cut (n, s, s) into (n, g², p, p), patches row by row; p divides s."""
    n, side = images.shape[:2]
    g = side // p
    return images.reshape(n, g, p, g, p).swapaxes(2, 3).reshape(n, g * g, p, p)
