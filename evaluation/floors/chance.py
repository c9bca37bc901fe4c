"""A point and a region that are drawn by chance, in expectation: nothing is drawn to work these out."""

from functools import lru_cache

import numpy as np
from scipy.special import gammaln

_REACH = 12.0  # standard deviations around the mean, beyond which less than 1e-30 of the probability lies


def hit_of_random_point(area: int, pixels: int) -> float:
    """The probability that a point anywhere on the radiograph falls into a mask: its share of the pixels."""
    return area / pixels


@lru_cache(maxsize=4096)
def iou_of_random_region(area: int, pixels: int) -> float:
    """The expected IoU of a mask with as many of the radiograph's pixels as it has itself, drawn without replacement.

    The pixels in both, K, are hypergeometric: P(K = k) = C(a, k) C(N − a, a − k) / C(N, a) with a the mask's pixels and
    N the radiograph's, and the expectation is Σ P(K = k) k / (2a − k), summed here exactly but for terms below 1e-30.

    Departures from what a map can do: the region knows the mask's area, which helps it, and its pixels lie scattered. A
    connected region of that area, put anywhere, covers as much of the mask on average and, k / (2a − k) being convex,
    has a somewhat higher expected IoU.

    Raises:
        ValueError: the mask is empty or larger than the radiograph.
    """
    if not 0 < area <= pixels:
        raise ValueError(f"Expected a mask of 1 to {pixels} pixels, found {area}.")
    mean = area * area / pixels
    spread = np.sqrt(mean * (1 - area / pixels) ** 2 * pixels / max(pixels - 1, 1))
    low = max(0, 2 * area - pixels, int(mean - _REACH * spread - _REACH))
    high = min(area, int(mean + _REACH * spread + _REACH) + 1)
    both = np.arange(low, high + 1, dtype=np.float64)
    logs = -(gammaln(both + 1) + 2 * gammaln(area - both + 1) + gammaln(pixels - 2 * area + both + 1))
    weights = np.exp(logs - logs.max())
    return float((weights * both / (2 * area - both)).sum() / weights.sum())
