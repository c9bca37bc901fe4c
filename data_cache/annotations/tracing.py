"""Outlines of masks along the edges of their pixels, from which the mask comes back exactly.

The work grows with the borders, not with the pixels: a mask is taken as its runs down the columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


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
    """Trace the borders of a mask, bool (h, w); see `trace_runs`."""
    flat = mask.T.ravel()
    borders = np.flatnonzero(np.diff(flat, prepend=False, append=False))
    return trace_runs(np.diff(borders, prepend=0, append=flat.size), (mask.shape[0], mask.shape[1]))


def trace_runs(runs: Integers, size: tuple[int, int]) -> list[Outline]:
    """Trace the borders of a mask; pixels that touch at a corner alone are apart.

    Every border turns at corners only, so along each line of the pixel grid corners follow each other in pairs, one at
    either end of an edge. Where two pixels touch at a corner, two borders turn there, and it counts twice.

    Args:
        runs: lengths outside and inside in turn, outside first, down one column after the other.
        size: (height, width); the runs add up to as many pixels.

    Returns:
        Outlines from the top down; an empty list for an empty mask.
    """
    corners = _corners(*_edges(runs, size[0]), size[0] + 1)
    horizontal = _partners(np.arange(len(corners.rows)))
    vertical = _partners(np.lexsort((corners.second == corners.falling, corners.rows, corners.columns)))
    points = np.stack([corners.columns, corners.rows], axis=1).astype(np.float64)
    return [Outline(points[loop], not corners.solid[loop[0]]) for loop in _loops(horizontal, vertical)]


@dataclass(frozen=True, eq=False)
class _Corners:
    """Where borders turn, by rows, then columns; a corner at which two turn is there twice.

    Attributes:
        rows, columns: where.
        second: of the two of one place, the second.
        falling: of two of one place, whether the pixels lie above left and below right.
        solid: whether the pixel below right is inside; known where an edge goes to the right.
    """

    rows: Integers
    columns: Integers
    second: NDArray[np.bool_]
    falling: NDArray[np.bool_]
    solid: NDArray[np.bool_]


def _edges(runs: Integers, height: int) -> tuple[Integers, NDArray[np.bool_]]:
    """Horizontal edges, one pixel long, as column · (height + 1) + row, rising, and whether the inside lies below."""
    borders, count = np.unique(np.cumsum(runs)[:-1], return_counts=True)
    borders = borders[count % 2 == 1]  # a run of no length is none
    if len(borders) % 2:
        borders = np.append(borders, runs.sum())
    starts, ends = borders[0::2], borders[1::2]
    first, last = starts // height, (ends - 1) // height
    pieces = last - first + 1
    columns = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces) + np.repeat(first, pieces)
    tops = np.maximum(np.repeat(starts, pieces) - columns * height, 0)
    bottoms = np.minimum(np.repeat(ends, pieces) - columns * height, height)
    edges = np.stack([columns * (height + 1) + tops, columns * (height + 1) + bottoms], axis=1).ravel()
    return edges, np.arange(len(edges)) % 2 == 0


def _corners(edges: Integers, below: NDArray[np.bool_], step: int) -> _Corners:
    """Where an edge has none beside it, or one with the inside on its other side."""
    right, left = edges, edges + step  # as seen from a corner, which has the numbers of the edge to its right
    _, of_right, of_left = np.intersect1d(right, left, assume_unique=True, return_indices=True)
    crossing = of_right[below[of_right] != below[of_left]]
    lone_right, lone_left = np.ones((2, len(edges)), bool)
    lone_right[of_right], lone_left[of_left] = False, False
    places = np.concatenate([right[lone_right], left[lone_left], right[crossing], right[crossing]])
    no_edge = np.zeros(np.count_nonzero(lone_left), bool)
    solid = np.concatenate([below[lone_right], no_edge, below[crossing], below[crossing]])
    second = np.arange(len(places)) >= len(places) - len(crossing)
    columns, rows = np.divmod(places, step)
    order = np.lexsort((second, columns, rows))
    return _Corners(rows[order], columns[order], second[order], solid[order], solid[order])


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
