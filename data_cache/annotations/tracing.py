"""Outlines of masks along the edges of their pixels, from which the mask comes back exactly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Outline:
    """A closed polygon.

    Attributes:
        points: float64 (n, 2), (x, y), corners of pixels; every second edge is horizontal.
        hole: whether it surrounds a hole.
    """

    points: NDArray[np.float64]
    hole: bool


def trace(mask: NDArray[np.bool_]) -> list[Outline]:
    """Trace the borders of a mask; pixels that touch at a corner alone are apart.

    Every border turns at corners only, so along each line of the pixel grid corners follow each other in pairs, one at
    either end of an edge. Where two pixels touch at a corner, two borders turn there, and it counts twice.

    Args:
        mask: bool (h, w).

    Returns:
        Outlines from the top down; an empty list for an empty mask.
    """
    padded = np.pad(mask, 1)
    above_left, above_right = padded[:-1, :-1], padded[:-1, 1:]
    below_left, below_right = padded[1:, :-1], padded[1:, 1:]
    twice = (above_left == below_right) & (above_right == below_left) & (above_left != above_right)
    count = (above_left ^ above_right ^ below_left ^ below_right).astype(np.uint8) + 2 * twice
    corners = np.flatnonzero(count)
    flat = np.repeat(corners, count.ravel()[corners])
    rows, columns = np.divmod(flat, count.shape[1])
    second = np.r_[False, flat[1:] == flat[:-1]] if len(flat) else np.zeros(0, bool)
    falling = above_left.ravel()[flat]  # of a corner that counts twice: its pixels lie above left and below right
    horizontal = _partners(np.arange(len(flat)))
    vertical = _partners(np.lexsort((second == falling, rows, columns)))
    points = np.stack([columns, rows], axis=1).astype(np.float64)
    solid = below_right.ravel()[flat]
    return [Outline(points[loop], not solid[loop[0]]) for loop in _loops(horizontal, vertical)]


def _partners(order: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each corner the one at the other end of its edge: in this order they come in pairs."""
    partners = np.empty_like(order)
    partners[order[0::2]], partners[order[1::2]] = order[1::2], order[0::2]
    return partners


def _loops(horizontal: NDArray[np.intp], vertical: NDArray[np.intp]) -> list[list[int]]:
    """Follow horizontal and vertical edges in turn; each loop starts at its uppermost corner, the leftmost of them."""
    across, along = horizontal.tolist(), vertical.tolist()
    seen, loops = bytearray(len(across)), []
    for start in range(len(across)):
        if seen[start]:
            continue
        loop, at = [], start
        while not seen[at]:
            other = across[at]
            seen[at] = seen[other] = 1
            loop += [at, other]
            at = along[other]
        loops.append(loop)
    return loops
