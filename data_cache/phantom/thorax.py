"""Soft parts of the chest: body outline, lungs, heart, mediastinum, airways, breasts, stomach."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from data_cache.phantom.anatomy import MIDLINE, SIGNS, Anatomy
from data_cache.phantom.grid import Field, Grid, dome, step

LUNG_DEPTH = 14.5


@dataclass
class Lung:
    """One lung: signed distances (units, positive inside) to the lateral wall, mediastinum and diaphragm; depth in cm;
    u is the distance of every column from the midline, (1, w)."""

    lateral: Field
    medial: Field
    floor: Field
    depth: Field
    u: Field

    def inside(self) -> np.ndarray:
        """Where the lung is seen clear of the diaphragm, bool (h, w)."""
        return (self.lateral > 0) & (self.medial > 0) & (self.floor > 0)


def lateral_u(anatomy: Anatomy, y: Field, side: int) -> Field:
    """Half-width of the inner chest wall at height y."""
    t = np.clip((y - anatomy.apex) / (anatomy.angle_y(side) - anatomy.apex), 0, 1)
    return (anatomy.half_width * np.sqrt(1 - (1 - t) ** anatomy.taper)).astype(np.float32)


def medial_u(anatomy: Anatomy, y: Field, side: int) -> Field:
    """Distance of the lung's inner border from the midline at height y."""
    t = (y - anatomy.apex) / (anatomy.angle_y(side) - anatomy.apex)
    top = 0.11 * np.clip(1 - t / 0.16, 0, 1) ** 2
    return (0.04 + top).astype(np.float32)


def floor_y(anatomy: Anatomy, u: Field, side: int) -> Field:
    """Height of the diaphragm at distance u from the midline."""
    crest = 0.19
    out = np.clip((u - crest) / (anatomy.half_width - crest), 0, 1.1)
    inner = np.clip((crest - u) / crest, 0, 1.2)
    return (anatomy.dome(side) + anatomy.dome_drop * out**2.3 + 0.035 * inner**2).astype(np.float32)


def make_lung(grid: Grid, anatomy: Anatomy, side: int, rng: np.random.Generator) -> Lung:
    """The aerated lung of one side; its borders wander a little."""
    wander = 0.004 * grid.noise(rng, 5)
    u = SIGNS[side] * (grid.x - MIDLINE)
    lateral = (lateral_u(anatomy, grid.y, side) - u) * 0.9 + wander
    medial = u - medial_u(anatomy, grid.y, side) + wander
    floor = floor_y(anatomy, u, side) - grid.y + 0.6 * wander
    t = (grid.y - anatomy.apex) / (anatomy.dome(side) - anatomy.apex)
    apex = 0.55 + 0.45 * step(t / 0.45)
    bottom = 0.86 * dome(floor / 0.03) + 0.14 * step((floor + 0.06) / 0.07)
    depth = LUNG_DEPTH * apex * dome(lateral / 0.12) * dome(medial / 0.04) * bottom
    return Lung(lateral, medial, floor, depth.astype(np.float32), u.astype(np.float32))


def body_depth(grid: Grid, anatomy: Anatomy, rng: np.random.Generator) -> Field:
    """Thickness of the body without counting its air, cm: neck, shoulders, chest and upper abdomen."""
    edge = anatomy.half_width + anatomy.wall
    shoulder = anatomy.apex - 0.02
    heights = np.array([-0.2, shoulder - 0.1, shoulder - 0.035, shoulder + 0.03, 0.2, 0.36, 0.5, 0.75, 1.3])
    widths = np.array([0.125, 0.135, 0.24, 0.47, 0.6, 0.57, edge + 0.02, edge, edge + 0.02])
    row = np.interp(grid.y[:, 0], heights, widths).astype(np.float32)[:, None]
    row = grid.blur(np.repeat(row, grid.width, 1), 0.022)[:, :1]
    u = np.abs(grid.x - MIDLINE)
    inside = row - u + 0.004 * grid.noise(rng, 6)
    flat = np.interp(grid.y[:, 0], [-0.2, 0.08, 0.3, 0.7, 1.0], [12, 13, 19, 20, 22]).astype(np.float32)[:, None]
    depth = anatomy.bulk * flat * (0.35 * dome(inside / 0.06) + 0.65 * dome(inside / 0.36))
    if anatomy.arms:
        arm = 0.075 - np.abs(u - edge - 0.105 - 0.05 * (grid.y - 0.6))
        depth = depth + 7 * anatomy.bulk * dome(arm / 0.07) * step((grid.y - 0.3) / 0.15)
    return depth.astype(np.float32)


@dataclass
class Silhouette:
    """The cardiomediastinal shadow: u of its right and left border as functions of y, distance to its outline (units,
    positive inside), the heart's part of it (bool), and how much of the lung's depth it takes, 0 to 1."""

    border: tuple[PchipInterpolator, PchipInterpolator]
    reach: Field
    heart: np.ndarray
    cover: Field


def silhouette(grid: Grid, anatomy: Anatomy, widening: tuple[float, float], rng: np.random.Generator) -> Silhouette:
    """Heart, great vessels and mediastinum as one shadow, bounded by one curve on each side.

    The heart's transverse diameter is the cardiothoracic ratio x the inner chest width, a third of it right of the
    midline; `widening` scales the upper mediastinum's right and left half-width.
    """
    width = anatomy.heart_ratio * 2 * anatomy.half_width
    base, tall = anatomy.dome_left, 0.17 + 0.22 * (anatomy.heart_ratio - 0.44)
    knob = anatomy.apex + 0.185
    tall = min(tall, (base - knob - 0.09) / 1.3)
    right = _border(_right_knots(anatomy, 0.35 * width, base, tall, knob, widening[0]))
    left = _border(_left_knots(anatomy, 0.65 * width, base, tall, knob, widening[1]))
    middle = MIDLINE + 0.004
    y = np.clip(grid.y, -0.4, 1.5)
    edge = np.where(grid.x < middle, right(y), left(y)).astype(np.float32)
    reach = (edge - np.abs(grid.x - middle) + 0.0035 * grid.noise(rng, 7)).astype(np.float32)
    low = step((grid.y - knob - 0.06) / 0.14)
    depth = (0.90 - 0.10 * low) * dome(reach / (0.038 + 0.055 * low))
    top = base - tall - 0.115 + 0.25 * (grid.x - middle - 0.03)
    return Silhouette((right, left), reach, (reach > 0) & (grid.y > top), depth.astype(np.float32))


def _border(knots: list[tuple[float, float]]) -> PchipInterpolator:
    y, u = np.array(knots).T.copy()
    # a large heart under a high dome pushes the vessels up
    for i in range(len(y) - 2, -1, -1):
        y[i] = min(y[i], y[i + 1] - 0.012)
    return PchipInterpolator(y, u)


def _right_knots(
    anatomy: Anatomy, reach: float, base: float, tall: float, knob: float, widen: float
) -> list[tuple[float, float]]:
    """(y, u) of the right border: neck, brachiocephalic vessels, superior vena cava, right atrium."""
    cava = 0.052 * anatomy.mediastinum
    return [
        (-0.4, 0.075),
        (anatomy.apex - 0.06, 0.07),
        (anatomy.apex + 0.06, 0.047 * (1 + 0.6 * (widen - 1))),
        (knob - 0.02, cava * widen),
        (knob + 0.07, cava * (1 + 0.9 * (widen - 1))),
        (base - 1.22 * tall, max(cava * (1 + 0.35 * (widen - 1)), 0.52 * reach)),
        (base - 0.62 * tall, reach * 0.99),
        (base - 0.40 * tall, reach),
        (base + 0.01, 0.83 * reach),
        (base + 0.09, 0.4 * reach),
        (1.5, 0.03),
    ]


def _left_knots(
    anatomy: Anatomy, reach: float, base: float, tall: float, knob: float, widen: float
) -> list[tuple[float, float]]:
    """(y, u) of the left border: neck, subclavian artery, aortic knob, pulmonary trunk, left ventricle."""
    core, bulge = 0.047 * anatomy.mediastinum, 0.033 * anatomy.knob
    trunk = core + 0.022
    return [
        (-0.4, 0.075),
        (anatomy.apex - 0.06, 0.07),
        (knob - 0.085, core * (1 + 0.7 * (widen - 1))),
        (knob - 0.03, (core + 0.7 * bulge) * widen),
        (knob, (core + bulge) * widen),
        (knob + 0.028, (core + 0.75 * bulge) * widen),
        (knob + 0.055, trunk * (1 + 0.85 * (widen - 1)) - 0.006),
        (knob + 0.09, max(trunk * (1 + 0.6 * (widen - 1)), 0.30 * reach)),
        (base - 0.88 * tall, max(0.60 * reach, trunk + 0.012)),
        (base - 0.42 * tall, 0.90 * reach),
        (base - 0.16 * tall, reach),
        (base + 0.02, 0.95 * reach),
        (base + 0.06, 0.70 * reach),
        (base + 0.13, 0.2 * reach),
        (1.5, 0.03),
    ]


def airways(film: Grid, anatomy: Anatomy) -> Field:
    """Air of the trachea and main bronchi, cm."""
    columns, grid = film.strip(MIDLINE - 0.15, MIDLINE + 0.15)
    carina = anatomy.apex + 0.235
    centre = MIDLINE + anatomy.trachea * step((grid.y - 0.1) / 0.2)
    tube = 0.021 - np.abs(grid.x - centre)
    air = 2.5 * dome(tube / 0.021) * step((carina - grid.y) / 0.03)
    for side, slope in ((0, 0.75), (1, 0.95)):
        u = SIGNS[side] * (grid.x - centre)
        down = grid.y - (carina - 0.015)
        along = np.clip(down, 0, 0.085)
        off = 0.013 - np.abs(u - slope * along) / np.sqrt(1 + slope**2)
        air = air + 2.0 * dome(off / 0.013) * step(down / 0.02) * step((0.085 - down) / 0.03)
    total = film.zeros()
    total[:, columns] = air
    return total


def breasts(grid: Grid, anatomy: Anatomy, rng: np.random.Generator) -> Field:
    """Breast tissue, cm: thin above, with a fold below."""
    total = grid.zeros()
    if anatomy.breast <= 0:
        return total
    for sign in SIGNS:
        size = anatomy.breast * rng.uniform(0.9, 1.1)
        cx, cy = MIDLINE + sign * rng.uniform(0.245, 0.285), anatomy.dome_right - 0.09 + rng.uniform(0, 0.03)
        rx, ry = 0.115 + 0.04 * size, 0.10 + 0.04 * size
        dy = grid.y - cy
        r2 = ((grid.x - cx) / rx) ** 2 + (np.where(dy > 0, dy / (0.75 * ry), dy / (1.5 * ry))) ** 2
        ball = np.sqrt(np.clip(1 - r2, 0, 1))
        total += (1.3 + 1.6 * size) * ball**0.9 * (0.45 + 0.55 * step((dy / ry + 1) / 1.6))
    return total.astype(np.float32)


def gut_gas(grid: Grid, anatomy: Anatomy, rng: np.random.Generator) -> Field:
    """Gas in the stomach and the colon below the left dome, cm."""
    total = grid.zeros()
    count = 1 + int(rng.integers(0, 3))
    for i in range(count):
        size = (0.035 + 0.035 * anatomy.stomach) * (1.0 if i == 0 else rng.uniform(0.4, 0.8))
        cx = MIDLINE + (rng.uniform(0.14, 0.22) if i == 0 else rng.uniform(0.1, 0.32))
        cy = anatomy.dome_left + size * 0.75 + (0.03 if i == 0 else rng.uniform(0.06, 0.14))
        r = np.sqrt(((grid.x - cx) / (1.35 * size)) ** 2 + ((grid.y - cy) / (0.75 * size)) ** 2)
        r = r * (1 + 0.15 * grid.noise(rng, 11))
        gas = rng.uniform(1.5, 4.5) * np.sqrt(np.clip(1 - r * r, 0, 1))
        level = cy + size * rng.uniform(-0.1, 0.9)
        total = np.maximum(total, gas * step((level - grid.y) / 0.006 + 0.5))
    return total
