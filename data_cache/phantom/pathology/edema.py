"""Pulmonary edema: bilateral perihilar haze, reticulation and Kerley B lines."""

import numpy as np

from data_cache.phantom.anatomy import MIDLINE, SIGNS
from data_cache.phantom.grid import Canvas, Field, step
from data_cache.phantom.scene import Scene
from data_cache.phantom.thorax import lateral_u
from data_cache.phantom.vessels import hilum


def edema(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Haze around both hila that fades outwards, with a net of thickened septa."""
    grid = scene.grid
    texture = grid.fractal(rng, 12, 3)
    ridge = np.exp(-((grid.noise(rng, 40) / 0.22) ** 2)) + 0.8 * np.exp(-((grid.noise(rng, 66) / 0.25) ** 2))
    lines = _kerley(scene, severity, rng)
    for side in (0, 1):
        cx, cy = hilum(scene.anatomy, side).tolist()
        reach = 0.155 + 0.07 * severity
        dx, dy = (grid.x - cx - SIGNS[side] * 0.05) / reach, (grid.y - cy - 0.05) / (1.35 * reach)
        weight = np.exp(-((dx * dx + dy * dy) ** 1.25)) * scene.lungs[side].inside()
        haze = weight * (0.22 + 0.36 * severity) * (1 + 0.3 * texture)
        scene.add_fill(haze + weight * (0.07 + 0.13 * severity) * ridge)
        mask = (weight > 0.38) & scene.lung_region(side)
        scene.add_mask("Edema", mask)
        scene.add_mask("Lung Opacity", mask)
    scene.extra_soft = scene.extra_soft + (0.45 + 0.5 * severity) * lines


def _kerley(scene: Scene, severity: float, rng: np.random.Generator) -> Field:
    """Short horizontal lines that meet the lateral pleura at the bases, 0 to 1."""
    canvas, anatomy = Canvas(scene.grid), scene.anatomy
    for side in (0, 1):
        heights = np.arange(0.62, 0.93, 0.035 - 0.012 * severity)
        heights = anatomy.apex + (anatomy.angle_y(side) - anatomy.apex) * (heights + rng.normal(0, 0.005, len(heights)))
        edge = lateral_u(anatomy, heights.astype(np.float32), side)
        for y, u in zip(heights, edge, strict=True):
            length = rng.uniform(0.022, 0.045)
            line = np.array(
                [
                    [MIDLINE + SIGNS[side] * (u - 0.002), y],
                    [MIDLINE + SIGNS[side] * (u - length), y + rng.normal(0, 0.003)],
                ]
            )
            canvas.lines(line[None], 0.0028, 0.9)
    inside = (scene.lungs[0].depth + scene.lungs[1].depth) > 0.3
    return canvas.field() * inside * step(np.float32(severity * 2.5) + scene.grid.zeros())
