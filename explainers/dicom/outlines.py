"""Outlines of regions that fit into a report."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from data_cache.annotations.tracing import trace

MOST_PIECES = 20
MOST_POINTS = 2_000  # of one outline; a value of this kind holds no more than 8,191


@dataclass(frozen=True, eq=False)
class Piece:
    """One connected part of a region, without regard to its holes.

    Attributes:
        points: float64 (n, 2), (x, y) in pixels of the source from the outer corner of its first pixel; closed.
        pixels: how many it encloses.
    """

    points: NDArray[np.float64]
    pixels: float


def pieces(mask: NDArray[np.bool_]) -> tuple[list[Piece], int]:
    """Return the largest parts of a mask, bool (h, w), and how many smaller ones were left out.

    Outlines run along the pixels' edges; where one has more than MOST_POINTS corners it is simplified, by no more than
    it takes (Douglas and Peucker, 1973).
    """
    found = [_piece(outline.points) for outline in trace(mask) if not outline.hole]
    found.sort(key=lambda piece: -piece.pixels)
    return found[:MOST_PIECES], max(0, len(found) - MOST_PIECES)


def _piece(points: NDArray[np.float64]) -> Piece:
    area = float(cv2.contourArea(points.astype(np.float32)[:, None]))
    allowed = 0.5
    drawn = points
    while len(drawn) > MOST_POINTS - 1:
        drawn = cv2.approxPolyDP(points.astype(np.float32)[:, None], allowed, closed=True)[:, 0].astype(np.float64)
        allowed *= 2
    return Piece(np.concatenate([drawn, drawn[:1]]), area)
