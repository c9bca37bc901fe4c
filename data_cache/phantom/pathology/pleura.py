"""Pleura: effusion, pneumothorax, thickening and plaques."""

import cv2
import numpy as np

from data_cache.phantom.grid import Field, step
from data_cache.phantom.pathology.opacities import lung_point
from data_cache.phantom.scene import Scene
from data_cache.phantom.thorax import Lung


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
    level = anatomy.angle_y(side) - 0.02 - 0.03 * rng.random() - 0.23 * max(0.0, amount - 0.12)
    climb = 0.09 + 0.09 * amount
    surface = level - climb * np.clip((u - 0.3) / 0.7, 0, 1) ** 2.6 - 0.03 * np.clip(0.35 - u, 0, 1)
    surface = surface + 0.003 * scene.grid.noise(rng, 8)
    depth = scene.grid.y - surface
    weight = step(depth / 0.022 + 0.4) * (lung.lateral > -0.004) * (lung.medial > -0.005)
    scene.add_fill(0.93 * weight)
    scene.extra_soft = scene.extra_soft + 0.8 * weight * step(depth / 0.1) * (lung.depth > 0.2)
    region = (weight > 0.45) & (lung.lateral > 0) & (lung.medial > 0) & (lung.floor > -0.012) & (scene.shadow.reach < 0)
    scene.add_mask("Pleural Effusion", region)


def pneumothorax(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Free air between the wall and a thin pleural line, widest at the apex; the lung beneath is a little denser."""
    side = int(rng.integers(0, 2))
    lung, anatomy = scene.lungs[side], scene.anatomy
    t = np.clip((scene.grid.y - anatomy.apex) / (anatomy.angle_y(side) - anatomy.apex), 0, 1)
    width = 0.028 + 0.11 * severity
    gap = width * (1.25 - 0.9 * step(t / (0.5 + 0.6 * severity))) - 0.3 * width * step((t - 0.5) / 0.5)
    inward = _depth_from_wall(scene, lung)
    line_at = gap + 0.006 * scene.grid.noise(rng, 6)
    air = step((line_at - inward) / 0.004 + 0.5) * lung.inside()
    scene.free_air = np.maximum(scene.free_air, air)
    line = np.exp(-(((inward - line_at) / 0.0028) ** 2)) * lung.inside()
    scene.extra_soft = scene.extra_soft + 1.1 * line
    scene.add_fill((1 - air) * lung.inside() * (0.04 + 0.22 * severity))
    scene.add_mask("Pneumothorax", (air > 0.5) & scene.lung_region(side))


def _depth_from_wall(scene: Scene, lung: Lung) -> Field:
    """Distance (units) from the lateral and apical chest wall, inside it."""
    within = (lung.lateral > 0).astype(np.uint8)
    distance = cv2.distanceTransform(within, cv2.DIST_L2, cv2.DIST_MASK_5) / np.float32(scene.grid.scale)
    return scene.grid.blur(distance, 0.006)


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
    width = (
        (0.019 + 0.024 * severity)
        * (1 + 0.4 * scene.grid.noise(rng, 18))
        * step((t - top) / 0.1)
        * step((bottom - t) / 0.1)
    )
    weight = step((width - lung.lateral) / 0.005 + 0.3) * (width > 0.002) * (lung.lateral > -0.002)
    scene.add_fill((0.55 + 0.35 * severity) * weight * (lung.floor > 0))
    scene.free_air = scene.free_air * (1 - weight)
    scene.extra_soft = scene.extra_soft + (1.0 + 0.8 * severity) * weight * (lung.floor > 0)
    rim = np.exp(-(((lung.lateral - width) / 0.003) ** 2)) * (width > 0.004) * (lung.floor > 0)
    scene.bone = scene.bone + 0.22 * rim * (scene.grid.noise(rng, 30) > 0.2)


def _plaques(scene: Scene, severity: float, side: int, rng: np.random.Generator) -> None:
    """Holly-leaf plaques: dense, sharp, irregular calcium over the mid lung and the dome."""
    lung = scene.lungs[side]
    for _ in range(2 + int(2.5 * severity + rng.random())):
        x, y = lung_point(scene, side, rng.uniform(0.35, 0.85), rng.uniform(0.35, 0.85))
        size = 0.020 + 0.022 * severity * rng.uniform(0.6, 1.2)
        dx, dy = (scene.grid.x - x) / (1.5 * size), (scene.grid.y - y) / size
        r = np.sqrt(dx * dx + dy * dy) + 0.26 * scene.grid.fractal(rng, 24, 2)
        edge = np.exp(-(((r - 0.85) / 0.16) ** 2))
        speckle = 0.6 + 0.4 * step(scene.grid.noise(rng, 70) + 0.5)
        scene.bone = (
            scene.bone + (0.5 + 0.45 * severity) * (step((1 - r) / 0.2) * 0.9 + 0.15 * edge) * speckle * lung.inside()
        )
