"""Soft parts of the chest: body outline, lungs, heart, mediastinum, airways, breasts, stomach."""

from dataclasses import dataclass

import numpy as np

from data_cache.phantom.anatomy import MIDLINE, SIGNS, Anatomy
from data_cache.phantom.grid import Field, Grid, dome, step

LUNG_DEPTH = 14.5


@dataclass
class Lung:
    """One lung: signed distances (units, positive inside) to the lateral wall, mediastinum and diaphragm; depth in cm."""

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
    return (anatomy.half_width * np.sqrt(1 - (1 - t) ** 3.1)).astype(np.float32)


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
    u = SIGNS[side] * (grid.x - MIDLINE) + 0 * grid.y
    lateral = (lateral_u(anatomy, grid.y, side) - u) * 0.9 + wander
    medial = u - medial_u(anatomy, grid.y, side) + wander
    floor = floor_y(anatomy, u, side) - grid.y + 0.6 * wander
    t = (grid.y - anatomy.apex) / (anatomy.dome(side) - anatomy.apex)
    apex = 0.55 + 0.45 * step(t / 0.45)
    bottom = 0.86 * dome(floor / 0.03) + 0.14 * step((floor + 0.06) / 0.07)
    depth = LUNG_DEPTH * apex * dome(lateral / 0.13) ** 0.9 * dome(medial / 0.04) * bottom
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


def heart_shape(grid: Grid, anatomy: Anatomy, rng: np.random.Generator) -> Field:
    """Relative depth of the heart, 0 outside to 1; its width follows the cardiothoracic ratio.

    The transverse diameter is ratio x the inner chest width, about a third of it right of the midline.
    """
    width = anatomy.heart_ratio * 2 * anatomy.half_width
    left, right = 0.67 * width, 0.33 * width
    base = anatomy.dome_left + 0.005
    height = 0.30 + 0.25 * (anatomy.heart_ratio - 0.44)
    wander = 1 + 0.035 * grid.noise(rng, 4)
    tilt = np.deg2rad(anatomy.heart_tilt)
    dx, dy = grid.x - (MIDLINE + 0.36 * left), grid.y - (base - 0.40 * height)
    along, across = dx * np.cos(tilt) + dy * np.sin(tilt), dy * np.cos(tilt) - dx * np.sin(tilt)
    reach = 0.64 * left / np.sqrt(np.cos(tilt) ** 2 + (0.72 * np.sin(tilt)) ** 2)
    ventricle = np.sqrt((along / reach) ** 2 + (across / (0.74 * reach + 0.01)) ** 2) * wander
    ax, ay = grid.x - (MIDLINE + 0.02), grid.y - (base - 0.42 * height)
    atrium = np.sqrt((ax / (right + 0.02)) ** 2 + (ay / (0.52 * height)) ** 2) * wander
    return np.maximum(_ball(ventricle), _ball(atrium)).astype(np.float32)


def _ball(r: Field) -> Field:
    return np.sqrt(np.clip(1 - r * r, 0, 1)) ** 0.7


def mediastinum_shape(grid: Grid, anatomy: Anatomy, widening: tuple[float, float], rng: np.random.Generator) -> Field:
    """Relative depth of the upper mediastinum, 0 to 1; `widening` scales its right and left half-width."""
    y = grid.y
    base = 0.046 + 0.012 * step((y - 0.3) / 0.25) + 0.035 * step((0.2 - y) / 0.15)
    knob_y = anatomy.apex + 0.185
    knob = 0.034 * anatomy.knob * np.exp(-(((y - knob_y) / 0.035) ** 2))
    trunk = 0.022 * np.exp(-(((y - knob_y - 0.095) / 0.045) ** 2))
    vein = 0.012 * np.exp(-(((y - knob_y - 0.05) / 0.12) ** 2))
    gain = anatomy.mediastinum
    core = np.exp(-(((y - knob_y - 0.03) / 0.17) ** 4))
    right = gain * (base + vein) * (1 + (widening[0] - 1) * core)
    left = gain * (base + knob + trunk) * (1 + (widening[1] - 1) * core)
    wander = 0.004 * grid.noise(rng, 7)
    reach = np.where(grid.x < MIDLINE + 0.006, right, left) - np.abs(grid.x - MIDLINE - 0.006) + wander
    return dome(reach / 0.045).astype(np.float32)


def airways(grid: Grid, anatomy: Anatomy) -> Field:
    """Air of the trachea and main bronchi, cm."""
    carina = anatomy.apex + 0.235
    centre = MIDLINE + anatomy.trachea * step((grid.y - 0.1) / 0.2)
    tube = 0.021 - np.abs(grid.x - centre)
    air = 1.9 * dome(tube / 0.021) * step((carina - grid.y) / 0.03)
    for side, slope in ((0, 0.75), (1, 0.95)):
        u = SIGNS[side] * (grid.x - centre)
        down = grid.y - (carina - 0.015)
        along = np.clip(down, 0, 0.085)
        off = 0.013 - np.abs(u - slope * along) / np.sqrt(1 + slope**2)
        air = air + 1.2 * dome(off / 0.013) * step(down / 0.02) * step((0.085 - down) / 0.03)
    return air.astype(np.float32)


def breasts(grid: Grid, anatomy: Anatomy, rng: np.random.Generator) -> Field:
    """Breast tissue, cm: thin above, with a fold below."""
    total = grid.zeros()
    if anatomy.breast <= 0:
        return total
    for sign in SIGNS:
        size = anatomy.breast * rng.uniform(0.9, 1.1)
        cx, cy = MIDLINE + sign * rng.uniform(0.22, 0.26), anatomy.dome_right - 0.09 + rng.uniform(0, 0.03)
        rx, ry = 0.115 + 0.04 * size, 0.10 + 0.04 * size
        dy = grid.y - cy
        r2 = ((grid.x - cx) / rx) ** 2 + (dy / np.where(dy > 0, ry * 0.75, ry * 1.5)) ** 2
        ball = np.sqrt(np.clip(1 - r2, 0, 1))
        total += (1.6 + 2.0 * size) * ball ** (0.9) * (0.55 + 0.45 * step((dy / ry + 1) / 1.6))
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
        r = r * (1 + 0.09 * grid.noise(rng, 9))
        total = np.maximum(total, rng.uniform(2.5, 5.5) * np.sqrt(np.clip(1 - r * r, 0, 1)))
    return total
