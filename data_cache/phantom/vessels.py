"""Pulmonary vessels: trees that branch and taper from the hila."""

import numpy as np

from data_cache.phantom.anatomy import MIDLINE, SIGNS, Anatomy
from data_cache.phantom.grid import CM_PER_UNIT, Canvas, Field, Grid, Points

_LEVELS = 7


def hilum(anatomy: Anatomy, side: int) -> Points:
    """Centre of a hilum (x, y); the left one lies a little higher."""
    return np.array([MIDLINE + SIGNS[side] * 0.088, anatomy.hilum_y - (0.018 if side else 0.0)])


def _tree(anatomy: Anatomy, side: int, rng: np.random.Generator) -> list[tuple[Points, Points]]:
    """Levels of a tree: curves (n, 3, 2) and widths (n,), in units; angles grow from up, outwards, to down."""
    trunks = 9
    angle = np.linspace(-1.25, 1.3, trunks) + rng.normal(0, 0.1, trunks)
    start = np.repeat(hilum(anatomy, side)[None], trunks, 0) + rng.normal(0, [0.006, 0.02], (trunks, 2))
    width = anatomy.vessels * np.where(angle > 0.2, 0.0155, 0.012) * rng.uniform(0.8, 1.15, trunks)
    levels = []
    for level in range(_LEVELS):
        n = len(angle)
        length = rng.uniform(0.045, 0.085, n) * (0.92**level) * np.where(np.abs(angle) > 0.7, 1.15, 1.0)
        bend = rng.normal(0, 0.2, n)
        heading = np.stack([SIGNS[side] * np.cos(angle), np.sin(angle)], 1)
        heading2 = np.stack([SIGNS[side] * np.cos(angle + bend), np.sin(angle + bend)], 1)
        middle = start + heading * (length / 2)[:, None]
        end = middle + heading2 * (length / 2)[:, None]
        levels.append((np.stack([start, middle, end], 1), width))
        fork = rng.uniform(0.25, 0.6, (2, n)) * np.array([[-1.0], [0.7]])
        start = np.concatenate([end, end])
        angle = np.clip(np.concatenate([angle + bend + fork[0], angle + bend + fork[1]]), -1.75, 1.8)
        width = np.concatenate([width, width]) * rng.uniform(0.55, 0.82, 2 * n)
    return levels


def vessel_depth(grid: Grid, anatomy: Anatomy, rng: np.random.Generator, gain: float = 1.0) -> Field:
    """Thickness of all vessels along the ray, cm, float32 (h, w), not limited to the lungs; `gain` widens fine ones."""
    canvas = Canvas(grid)
    trees = [_tree(anatomy, side, rng) for side in (0, 1)]
    for level in reversed(range(_LEVELS)):
        for tree in trees:
            curves, widths = tree[level]
            widths = widths * (1 + (gain - 1) * min(1.0, level / 2))
            order = np.argsort(widths)
            for group in np.array_split(order, max(1, min(len(order), 5))):
                width = float(widths[group].mean())
                canvas.lines(curves[group], width, min(1.0, width * CM_PER_UNIT * 1.3))
    fine = grid.blur(canvas.field(), 0.0012)
    blob = grid.zeros()
    for side in (0, 1):
        cx, cy = hilum(anatomy, side).tolist()
        blob += np.exp(-(((grid.x - cx) / 0.022) ** 2) - ((grid.y - cy) / 0.045) ** 2)
    return (2.0 * fine + 1.6 * blob * (1 + 0.35 * grid.noise(rng, 24))).astype(np.float32)
