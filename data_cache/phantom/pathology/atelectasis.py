"""Atelectasis: plate-like bands, and collapse of basal segments with loss of volume."""

import numpy as np

from data_cache.phantom.anatomy import MIDLINE, SIGNS
from data_cache.phantom.grid import Canvas, smooth_curve, step
from data_cache.phantom.pathology.opacities import lung_point
from data_cache.phantom.scene import Scene


def volume_loss(severity: float, rng: np.random.Generator) -> tuple[int, float]:
    """The side of the collapse and how far its diaphragm rises (units); drawn before the thorax is built."""
    return int(rng.integers(0, 2)), 0.01 + 0.045 * severity * rng.uniform(0.4, 1.0)


def atelectasis(scene: Scene, severity: float, side: int, rng: np.random.Generator) -> None:
    """Plates near the base (both sides in some), and from moderate severity on a dense basal wedge in some."""
    sides = [side] + ([1 - side] if rng.random() < 0.35 else [])
    for one in sides:
        _plates(scene, severity, one, rng)
    if severity > 0.45 and rng.random() < 0.5:
        _wedge(scene, severity, side, rng)


def _plates(scene: Scene, severity: float, side: int, rng: np.random.Generator) -> None:
    canvas, region = Canvas(scene.grid), Canvas(scene.grid)
    for _ in range(1 + int(severity * 2.2 + rng.random())):
        x, y = lung_point(scene, side, rng.uniform(0.25, 0.65), rng.uniform(0.62, 0.95))
        half = 0.04 + 0.05 * severity + rng.uniform(0, 0.015)
        tilt = rng.normal(0, 0.28)
        along = np.array([np.cos(tilt), np.sin(tilt)])
        bow = np.array([0, rng.uniform(-0.014, 0.014)])
        middle = np.array([x, y])
        curve = smooth_curve(np.stack([middle - along * half, middle + bow, middle + along * half]), 24)
        thick = 0.007 + 0.010 * severity * rng.uniform(0.6, 1.1)
        profile = thick * (0.35 + 0.65 * np.sin(np.linspace(0.25, np.pi - 0.25, 24)))
        canvas.ribbon(curve, profile, 1.0)
        region.ribbon(curve, profile + 0.010, 1.0)
    ragged = np.clip(0.85 + 0.3 * scene.grid.noise(rng, 34), 0.2, 1.3)
    clear = np.clip(-scene.shadow.reach / 0.01, 0, 1)
    band = ragged * clear * scene.grid.blur(canvas.field(), 0.003) * scene.lungs[side].inside()
    scene.extra_soft = scene.extra_soft + (2.0 + 2.2 * severity) * band
    mask = (region.field() > 0.5) & scene.lung_region(side)
    scene.add_mask("Atelectasis", mask)
    scene.add_mask("Lung Opacity", mask)


def _wedge(scene: Scene, severity: float, side: int, rng: np.random.Generator) -> None:
    """A collapsed basal segment: a dense triangle between mediastinum and dome with a straight lateral edge."""
    lung = scene.lungs[side]
    top = scene.anatomy.dome(side) - rng.uniform(0.14, 0.22)
    reach = 0.14 + 0.10 * severity
    slope = reach / (scene.anatomy.dome(side) + 0.03 - top)
    edge = slope * (scene.grid.y - top) + 0.03 - SIGNS[side] * (scene.grid.x - MIDLINE)
    weight = step(edge / 0.016 + 0.5) * step((scene.grid.y - top) / 0.04) * lung.inside()
    scene.add_fill(weight * (0.6 + 0.3 * severity))
    mask = (weight > 0.5) & scene.lung_region(side)
    scene.add_mask("Atelectasis", mask)
    scene.add_mask("Lung Opacity", mask)
