"""Pleura: effusion, pneumothorax, thickening and plaques."""

import numpy as np

from data_cache.phantom.anatomy import MIDLINE, SIGNS
from data_cache.phantom.grid import step
from data_cache.phantom.pathology.opacities import lung_point
from data_cache.phantom.scene import Scene


def effusion(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Fluid with a meniscus that climbs the lateral wall; both sides in four of ten."""
    first = int(rng.integers(0, 2))
    sides = [first] + ([1 - first] if rng.random() < 0.4 else [])
    for order, side in enumerate(sides):
        amount = severity * (1.0 if order == 0 else rng.uniform(0.5, 1.0))
        _fluid(scene, amount, side, rng)


def _fluid(scene: Scene, amount: float, side: int, rng: np.random.Generator) -> None:
    anatomy, lung = scene.anatomy, scene.lungs[side]
    u = lung.u / anatomy.half_width
    level = anatomy.angle_y(side) - 0.055 - 0.05 * rng.random() - 0.24 * max(0.0, amount - 0.12)
    climb = 0.05 + 0.07 * amount
    surface = level - climb * np.clip((u - 0.55) / 0.45, 0, 1) ** 2.2 + 0.012 * np.clip(0.5 - u, 0, 1)
    surface = surface + 0.003 * scene.grid.noise(rng, 8)
    depth = scene.grid.y - surface
    weight = step(depth / 0.022 + 0.4) * (lung.lateral > -0.004)
    scene.add_fill(weight * (0.93 + 0 * depth))
    scene.extra_soft = scene.extra_soft + 0.8 * weight * step(depth / 0.1) * (lung.depth > 0.2)
    region = (weight > 0.45) & (lung.lateral > 0) & (lung.medial > 0) & (lung.floor > -0.012) & (scene.cover < 0.35)
    scene.add_mask("Pleural Effusion", region)


def pneumothorax(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Free air between the wall and a thin pleural line, widest at the apex; the lung beneath is a little denser."""
    side = int(rng.integers(0, 2))
    lung, anatomy, y = scene.lungs[side], scene.anatomy, scene.grid.y
    t = np.clip((y - anatomy.apex) / (anatomy.angle_y(side) - anatomy.apex), 0, 1)
    width = 0.022 + 0.115 * severity
    gap = width * (1.0 - 0.78 * step(t / (0.45 + 0.65 * severity))) - 0.25 * width * step((t - 0.5) / 0.5)
    apical = 0.035 + 0.17 * severity
    top = y - anatomy.apex - apical + 0.25 * np.abs(lung.u - 0.2)
    # lung.lateral measures horizontally; near the apex the distance from above decides
    inward = np.minimum(lung.lateral, top + width)
    line_at = gap + 0.006 * scene.grid.noise(rng, 6)
    air = step((line_at - inward) / 0.004 + 0.5) * lung.inside()
    scene.free_air = np.maximum(scene.free_air, air)
    line = np.exp(-(((inward - line_at) / 0.0028) ** 2)) * lung.inside()
    scene.extra_soft = scene.extra_soft + 1.1 * line
    scene.add_fill((1 - air) * lung.inside() * (0.04 + 0.22 * severity))
    scene.add_mask("Pneumothorax", (air > 0.5) & scene.lung_region(side))


def pleural_other(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Thickened pleura along the wall with a nodular inner border, or calcified plaques; a label without a mask."""
    side = int(rng.integers(0, 2))
    kind = str(rng.choice(["thickening", "plaques"]))
    scene.details["pleural"] = {"kind": kind, "side": side}
    if kind == "thickening":
        _thickening(scene, severity, side, rng)
    else:
        for one in [side] + ([1 - side] if rng.random() < 0.5 else []):
            _plaques(scene, severity, one, rng)


def _thickening(scene: Scene, severity: float, side: int, rng: np.random.Generator) -> None:
    lung, anatomy = scene.lungs[side], scene.anatomy
    t = (scene.grid.y - anatomy.apex) / (anatomy.angle_y(side) - anatomy.apex)
    top, bottom = rng.uniform(0.05, 0.3), rng.uniform(0.72, 0.95)
    width = (0.014 + 0.026 * severity) * (1 + 0.4 * scene.grid.noise(rng, 18)) * step((t - top) / 0.1) * step((bottom - t) / 0.1)
    weight = step((width - lung.lateral) / 0.005 + 0.3) * (width > 0.002) * (lung.lateral > -0.002)
    scene.extra_soft = scene.extra_soft + (2.2 + 2.8 * severity) * weight * (lung.floor > 0)
    rim = np.exp(-(((lung.lateral - width) / 0.003) ** 2)) * (width > 0.004) * (lung.floor > 0)
    scene.bone = scene.bone + 0.22 * rim * (scene.grid.noise(rng, 30) > 0.2)


def _plaques(scene: Scene, severity: float, side: int, rng: np.random.Generator) -> None:
    """Holly-leaf plaques: dense, sharp, irregular calcium over the mid lung and the dome."""
    lung = scene.lungs[side]
    for _ in range(2 + int(2.5 * severity + rng.random())):
        x, y = lung_point(scene.anatomy, side, rng.uniform(0.35, 0.85), rng.uniform(0.35, 0.85))
        size = 0.020 + 0.022 * severity * rng.uniform(0.6, 1.2)
        dx, dy = (scene.grid.x - x) / (1.5 * size), (scene.grid.y - y) / size
        r = np.sqrt(dx * dx + dy * dy) + 0.28 * scene.grid.fractal(rng, 26, 2)
        edge = np.exp(-(((r - 0.85) / 0.16) ** 2))
        speckle = 0.55 + 0.45 * step(scene.grid.noise(rng, 90) + 0.5)
        scene.bone = scene.bone + (0.55 + 0.55 * severity) * (step((1 - r) / 0.15) * 0.55 + 0.75 * edge) * speckle * lung.inside()
