"""Resampling of two-dimensional arrays: the official codes' bilinear, and exact area for masks."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def bilinear(values: NDArray[np.float32], size: tuple[int, int], antialias: bool) -> NDArray[np.float32]:
    """Resize by bilinear interpolation with pixel centres at +0.5 (align_corners False), as the official codes do.

    Args:
        values: float32 (..., h, w).
        size: (height, width) of the result.
        antialias: widen the filter when shrinking: on for radiographs (torchvision's Resize in the official
            preprocessing), off for maps (the CheXlocalize reference code).

    Returns:
        float32 (..., height, width).
    """
    import torch  # takes seconds to import, which the command lines that resize nothing should not wait for

    stacked = np.ascontiguousarray(values, dtype=np.float32).reshape(1, -1, *values.shape[-2:])
    if not stacked.flags.writeable:  # torch warns about memory it could not write to
        stacked = stacked.copy()
    resized = torch.nn.functional.interpolate(
        torch.from_numpy(stacked), size=size, mode="bilinear", align_corners=False, antialias=antialias
    )
    return resized.numpy().reshape(*values.shape[:-2], *size)


def coverage(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return how much of each pixel of a differently sized grid over the same rectangle the mask covers.

    Exact area (an integral image read between its samples), for shrinking and enlarging alike.

    Args:
        mask: bool (h, w).
        size: (height, width) of the new grid.

    Returns:
        float64 (height, width) in [0, 1].
    """
    height, width = size
    if mask.shape == size:
        return mask.astype(np.float64)
    summed = cv2.integral(np.ascontiguousarray(mask).view(np.uint8), sdepth=cv2.CV_32S)
    cells = np.diff(np.diff(_at_edges(_at_edges(summed, height).T, width).T, axis=0), axis=1)
    return cells * (height * width / mask.size)


def _at_edges(summed: NDArray[Any], cells: int) -> NDArray[np.float64]:
    """Read running sums, along the first axis, at the edges of `cells` equal stretches."""
    length = summed.shape[0] - 1
    edges = np.arange(cells + 1) * length / cells
    below = np.minimum(edges.astype(np.int64), length - 1)
    fraction = (edges - below)[:, None]
    return summed[below] * (1 - fraction) + summed[below + 1] * fraction
