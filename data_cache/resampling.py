"""Resampling of two-dimensional arrays: the official codes' bilinear, and exact area for masks."""

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

    Exact area, for shrinking and enlarging alike. Where both sides shrink OpenCV does it, ten times as fast as the
    integral image read between its samples that does the rest; its weights are float32, so it is exact to 1e-6.

    Args:
        mask: bool (h, w).
        size: (height, width) of the new grid.

    Returns:
        float64 (height, width) in [0, 1].
    """
    height, width = size
    if height <= mask.shape[0] and width <= mask.shape[1]:  # with one side enlarged, OpenCV would interpolate
        shrunk = cv2.resize(mask.astype(np.float64), (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(shrunk, np.float64)
    return _cell_means(_cell_means(mask.astype(np.float64), height).T, width).T


def _cell_means(values: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """Mean over `cells` equal stretches of the first axis."""
    length = values.shape[0]
    summed = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    edges = np.arange(cells + 1) * length / cells
    below = np.minimum(edges.astype(np.int64), length - 1)
    fraction = (edges - below)[:, None]
    at_edges = summed[below] * (1 - fraction) + summed[below + 1] * fraction
    return np.diff(at_edges, axis=0) * (cells / length)
