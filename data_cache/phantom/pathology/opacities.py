"""Focal opacities: consolidation, pneumonia, non-specific opacity, lesions."""

import numpy as np

from data_cache.phantom.anatomy import MIDLINE, SIGNS
from data_cache.phantom.grid import Canvas, Field, smooth_curve, step
from data_cache.phantom.scene import Scene
from data_cache.phantom.thorax import floor_y, lateral_u, medial_u
from data_cache.phantom.vessels import hilum


def lung_point(scene: Scene, side: int, across: float, down: float) -> tuple[float, float]:
    """A place in a lung (x, y): `across` from the cardiomediastinal border (0) to the wall (1), `down` from the
    apex (0) to the diaphragm (1)."""
    anatomy = scene.anatomy
    y = anatomy.apex + down * (anatomy.dome(side) - anatomy.apex)
    row = np.array([y], np.float32)
    inner = max(float(medial_u(anatomy, row, side)[0]), float(scene.shadow.border[side](y)))
    outer = float(lateral_u(anatomy, row, side)[0])
    u = inner + across * (outer - inner)
    floor = float(floor_y(anatomy, np.array([u], np.float32), side)[0])
    return MIDLINE + SIGNS[side] * u, min(y, floor)


def _blob(scene: Scene, centre: tuple[float, float], radius: float, rough: float, rng: np.random.Generator) -> Field:
    """Relative distance from a centre, 1 at a wandering outline."""
    stretch = float(np.exp(rng.normal(0, 0.18)))
    dx, dy = (scene.grid.x - centre[0]) / (radius * stretch), (scene.grid.y - centre[1]) * stretch / radius
    return np.sqrt(dx * dx + dy * dy) + rough * scene.grid.fractal(rng, 9, 3)


def consolidation(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """A dense patch with an ill-defined border and air bronchograms; two patches in some severe cases."""
    for _ in range(1 + int(severity > 0.7 and rng.random() < 0.4)):
        side = int(rng.integers(0, 2))
        centre = lung_point(scene, side, rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.95))
        radius = 0.065 + 0.075 * severity + rng.uniform(0, 0.02)
        weight = step((1.32 - _blob(scene, centre, radius, 0.17, rng)) / 0.7)
        weight = weight * scene.lungs[side].inside()
        tubes = _bronchi(scene, side, centre, radius, rng)
        scene.add_fill(weight * (0.42 + 0.42 * severity) * (1 - 0.22 * tubes))
        mask = (weight > 0.4) & scene.lung_region(side)
        scene.add_mask("Consolidation", mask)
        scene.add_mask("Lung Opacity", mask)


def _bronchi(scene: Scene, side: int, centre: tuple[float, float], radius: float, rng: np.random.Generator) -> Field:
    """Air bronchograms, 0 to 1: a few branching tubes that run from the hilum's direction through the patch."""
    canvas = Canvas(scene.grid)
    target = np.array(centre)
    root = hilum(scene.anatomy, side)
    way = target - root
    way = way / (np.linalg.norm(way) + 1e-6)
    base = np.arctan2(way[1], way[0])
    start = target - way * radius * 0.7
    turns = np.concatenate([np.linspace(-0.7, 0.7, 5) + rng.normal(0, 0.12, 5), rng.uniform(-0.9, 0.9, 4)])
    for index, spread in enumerate(turns):
        first = start if index < 5 else start + way * radius * rng.uniform(0.5, 0.9)
        bends = base + spread * np.array([0.5, 1.0, 1.2]) + rng.normal(0, 0.15, 3)
        steps = np.stack([np.cos(bends), np.sin(bends)], 1) * radius * (0.5 if index < 5 else 0.32)
        knots = np.concatenate([first[None], first + np.cumsum(steps, 0)])
        canvas.ribbon(smooth_curve(knots, 16), np.linspace(0.0065, 0.0025, 16), 1.0)
    return scene.grid.blur(canvas.field(), 0.0016)


def pneumonia(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Bronchopneumonia: a cluster of fluffy acinar nodules of 5 to 10 mm that partly run together (a label only)."""
    side = int(rng.integers(0, 2))
    centre = lung_point(scene, side, rng.uniform(0.35, 0.75), rng.uniform(0.35, 0.9))
    radius = 0.085 + 0.06 * severity + rng.uniform(0, 0.02)
    weight = step((1.2 - _blob(scene, centre, radius, 0.18, rng)) / 0.6) * scene.lungs[side].inside()
    nodules = step((scene.grid.fractal(rng, 34, 2) + 0.5) / 2.0)
    scene.add_fill(weight * (0.10 + (0.28 + 0.40 * severity) * nodules))
    scene.add_mask("Lung Opacity", (weight > 0.4) & scene.lung_region(side))


def lung_opacity(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """A hazy, ground-glass patch without further signs."""
    side = int(rng.integers(0, 2))
    centre = lung_point(scene, side, rng.uniform(0.3, 0.8), rng.uniform(0.25, 0.9))
    radius = 0.08 + 0.06 * severity + rng.uniform(0, 0.02)
    weight = step((1.2 - _blob(scene, centre, radius, 0.18, rng)) / 0.6) * scene.lungs[side].inside()
    scene.add_fill(weight * (0.22 + 0.26 * severity))
    scene.add_mask("Lung Opacity", (weight > 0.4) & scene.lung_region(side))


def lung_lesion(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """One to four round nodules, or a mass up to 7 cm; margins smooth or lobulated."""
    count = 1 if severity < 0.4 else int(rng.choice([1, 2, 3, 4], p=[0.5, 0.25, 0.15, 0.1]))
    mass = severity > 0.7 and rng.random() < 0.45
    for index in range(count):
        side = int(rng.integers(0, 2))
        x, y = lung_point(scene, side, rng.uniform(0.15, 0.88), rng.uniform(0.18, 0.88))
        radius = (
            rng.uniform(0.055, 0.085) if mass and index == 0 else 0.016 + 0.022 * severity * rng.uniform(0.75, 1.15)
        )
        dx, dy = scene.grid.x - x, (scene.grid.y - y) * rng.uniform(0.9, 1.1)
        r = np.sqrt(dx * dx + dy * dy) / radius * (1 + 0.05 * scene.grid.noise(rng, 14))
        ball = np.sqrt(np.clip(1 - r * r, 0, 1))
        scene.extra_soft = scene.extra_soft + (2 * radius * 40 * 0.8 + 0.9) * ball * scene.lungs[side].inside()
        mask = (r < 1) & scene.lungs[side].inside()
        scene.add_mask("Lung Lesion", mask)
        scene.add_mask("Lung Opacity", mask)
