"""Harmless variants that any patient may have: they keep the findings honest by resembling them."""

import math

import numpy as np

from data_cache.phantom.anatomy import MIDLINE, SIGNS
from data_cache.phantom.grid import Field, step
from data_cache.phantom.pathology.opacities import lung_point
from data_cache.phantom.scene import Scene


def add_variants(scene: Scene, patient: np.random.Generator, study: np.random.Generator) -> None:
    """Nipple shadows, a skin fold, a granuloma, an epicardial fat pad, and the fine texture of lung and soft tissue."""
    texture = scene.grid.fractal(patient, 14, 4)
    scene.extra_soft = scene.extra_soft + 0.28 * texture * np.clip(scene.body / 8, 0, 1)
    scene.vessels = scene.vessels + 0.16 * np.abs(scene.grid.noise(patient, 110)) + 0.10 * scene.grid.noise(patient, 60)
    if patient.random() < 0.15:
        _nipples(scene, patient)
    if study.random() < 0.12:
        scene.extra_soft = scene.extra_soft + _skin_fold(scene, study)
    if patient.random() < 0.12:
        _granuloma(scene, patient)
    if patient.random() < 0.3:
        _fat_pad(scene, patient)


def _spot(scene: Scene, x: float, y: float, radius: float) -> Field:
    r2 = ((scene.grid.x - x) ** 2 + (scene.grid.y - y) ** 2) / radius**2
    return np.sqrt(np.clip(1 - r2, 0, 1))


def _nipples(scene: Scene, rng: np.random.Generator) -> None:
    y = scene.anatomy.dome_right - rng.uniform(0.03, 0.07)
    for sign in SIGNS:
        scene.extra_soft = scene.extra_soft + 0.8 * _spot(scene, MIDLINE + sign * 0.27, y + rng.normal(0, 0.008), 0.010)


def _skin_fold(scene: Scene, rng: np.random.Generator) -> Field:
    """A long edge, dense on one side and fading: unlike a pleural line, vessels go on beyond it."""
    angle, sign = rng.uniform(-0.35, 0.35), SIGNS[int(rng.integers(0, 2))]
    across = (scene.grid.x - MIDLINE - sign * 0.25) * math.cos(angle) + (scene.grid.y - 0.5) * math.sin(angle)
    fade = np.exp(-np.clip(across, 0, None) / 0.03) * step(across / 0.003 + 0.5)
    along = step((0.28 - np.abs(scene.grid.y - 0.5)) / 0.1)
    return (0.7 * fade * along).astype(np.float32)


def _granuloma(scene: Scene, rng: np.random.Generator) -> None:
    x, y = lung_point(scene, int(rng.integers(0, 2)), rng.uniform(0.3, 0.8), rng.uniform(0.2, 0.8))
    scene.bone = scene.bone + 0.7 * _spot(scene, x, y, 0.0055)


def _fat_pad(scene: Scene, rng: np.random.Generator) -> None:
    x = MIDLINE + 0.72 * 2 * scene.anatomy.half_width * scene.anatomy.heart_ratio
    r = np.sqrt(((scene.grid.x - x) / 0.045) ** 2 + ((scene.grid.y - scene.anatomy.dome_left - 0.005) / 0.035) ** 2)
    scene.extra_soft = scene.extra_soft + 2.5 * step(1.1 - r) * (scene.lungs[1].depth > 0.3)
