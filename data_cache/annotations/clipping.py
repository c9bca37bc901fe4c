"""Polygons cut off at a rectangle's borders."""

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]


def clip(polygon: Polygon, low: tuple[float, float], high: tuple[float, float]) -> Polygon:
    """Cut a polygon off at the borders of a rectangle; what crosses a border and comes back runs along it.

    Sutherland and Hodgman, "Reentrant polygon clipping", CACM 1974.

    Args:
        polygon: (n, 2), (x, y).
        low: the rectangle's least x and y.
        high: its greatest x and y.

    Returns:
        (m, 2), the same points where all lie inside; none where all lie outside.
    """
    for axis in (0, 1):
        polygon = _half(polygon, axis, low[axis], 1)
        polygon = _half(polygon, axis, high[axis], -1)
    return polygon


def _half(polygon: Polygon, axis: int, border: float, sign: int) -> Polygon:
    """Keep what lies on one side of a line."""
    beyond = sign * (polygon[:, axis] - border)
    inside = beyond >= 0
    if inside.all():
        return polygon
    following, next_beyond = np.roll(polygon, -1, axis=0), np.roll(beyond, -1)
    crosses = inside != np.roll(inside, -1)
    share = np.divide(beyond, beyond - next_beyond, out=np.zeros_like(beyond), where=crosses)
    crossings = polygon + share[:, None] * (following - polygon)
    crossings[:, axis] = border
    kept = np.stack([inside, crosses], axis=1).ravel()
    return np.stack([polygon, crossings], axis=1).reshape(-1, 2)[kept]
