"""Bones: ribs (with fractures), spine, clavicles, shoulder blades and the upper arm."""

from dataclasses import dataclass

import numpy as np

from data_cache.phantom.anatomy import MIDLINE, SIGNS, Anatomy
from data_cache.phantom.grid import Canvas, Field, Grid, Points, dome, smooth_curve, step
from data_cache.phantom.thorax import floor_y, lateral_u

RIBS = 10
_RIB_CM = 1.45


@dataclass(frozen=True)
class Break:
    """A fracture: `bone` is a rib's number from 0, or -1 for the clavicle; `at` in [0, 1] along it; step and gap in
    units; `callus` is the radius of new bone in units, 0 in a fresh break."""

    side: int
    bone: int
    at: float
    step: float
    gap: float
    callus: float


def rib_curve(anatomy: Anatomy, side: int, number: int, count: int = 72) -> Points:
    """Centre line of a rib (x, y) from the spine round the side to the front end, float (count, 2)."""
    span = anatomy.angle_y(side) - anatomy.apex
    start = anatomy.apex - 0.012 + anatomy.rib_pitch * span * (0.094 * number + 0.034) + (0.024 if number == 0 else 0.0)
    phi = np.linspace(0, 1, count)
    front = 0.60 if number > 6 else 0.80
    angle = np.pi * phi * front
    tilt = anatomy.rib_tilt * (0.12 + 0.022 * number)
    y = start + tilt * (1 - np.cos(angle)) / 2 * 1.25 - 0.016 * np.sin(np.clip(angle * 2.2, 0, np.pi))
    wall = lateral_u(anatomy, y.astype(np.float32), side).astype(float) + 0.006
    reach = np.maximum(wall, 0.11 + 0.02 * number)
    y = y + 0.006 * number * phi
    # np.sin(angle)**0.62 keeps the posterior arch flat and turns sharply at the side, as a tilted hoop does
    u = 0.03 + (reach - 0.03) * np.sin(np.clip(angle, 0, np.pi)) ** 0.72
    return np.stack([MIDLINE + SIGNS[side] * u, y], 1)


def clavicle_curve(anatomy: Anatomy, side: int) -> Points:
    """Centre line of a clavicle (x, y) from the sternum outwards."""
    y = anatomy.apex + 0.075 + anatomy.clavicle
    u = np.array([0.035, 0.10, 0.19, 0.29, 0.38, 0.45])
    drop = np.array([0.012, -0.012, -0.040, -0.083, -0.105, -0.108])
    return smooth_curve(np.stack([MIDLINE + SIGNS[side] * u, y + drop], 1), 60)


def _pieces(curve: Points, breaks: list[Break]) -> list[Points]:
    """Cut a centre line at its breaks; the far piece is displaced across the bone."""
    pieces, rest, begin = [], curve, 0
    for item in sorted(breaks, key=lambda b: b.at):
        cut = int(item.at * len(curve)) - begin
        near, far = rest[: cut + 1], rest[cut:].copy()
        along = far[min(3, len(far) - 1)] - far[0]
        along /= np.linalg.norm(along) + 1e-9
        across = np.array([-along[1], along[0]])
        fade = np.linspace(1, 0, len(far))[:, None] ** 1.5
        far = far + fade * (across * item.step + along * item.gap)
        pieces.append(near)
        rest, begin = far, begin + cut
    return [*pieces, rest]


def _bone(canvas: Canvas, curve: Points, width: Points | float, core: float, shell: float) -> None:
    """A hollow bone: shell drawn full, marrow fainter."""
    canvas.ribbon(curve, width, shell)
    canvas.ribbon(curve, np.asarray(width) * 0.66, core)


def ribs(grid: Grid, anatomy: Anatomy, breaks: list[Break], rng: np.random.Generator) -> Field:
    """Rib bone along the ray, cm."""
    back, front = Canvas(grid), Canvas(grid)
    for side in (0, 1):
        for number in range(RIBS):
            curve = rib_curve(anatomy, side, number)
            curve = curve + rng.normal(0, 0.0012, 2)
            width = anatomy.rib_width * (0.0225 + 0.0012 * min(number, 5)) * np.ones(len(curve))
            mine = [b for b in breaks if b.side == side and b.bone == number]
            begin = 0
            for piece in _pieces(curve, mine):
                half = max(3, min(len(piece), 38 - begin))
                local = width[begin : begin + len(piece)]
                if begin < 38:
                    _bone(back, piece[:half], local[:half] * 0.95, 0.40, 0.62)
                if begin + len(piece) > 39:
                    cut = max(0, 36 - begin)
                    _bone(front, piece[cut:], local[cut:] * 1.15, 0.27, 0.42)
                begin += len(piece) - 1
            _callus(back if not mine or mine[0].at < 0.53 else front, curve, mine)
    below = np.minimum(*(step((floor_y(anatomy, np.abs(grid.x - MIDLINE), s) - grid.y + 0.03) / 0.05) for s in (0, 1)))
    cage = grid.blur(back.field(), 0.0016) + grid.blur(front.field(), 0.0024)
    return (anatomy.bone * _RIB_CM * cage * (0.5 + 0.5 * below)).astype(np.float32)


def _callus(canvas: Canvas, curve: Points, breaks: list[Break]) -> None:
    circle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    ring = np.stack([np.cos(circle), np.sin(circle)], 1)
    for item in breaks:
        if item.callus > 0:
            centre = curve[int(item.at * len(curve))]
            canvas.polygon(centre + ring * item.callus * (1 + 0.15 * np.sin(3 * circle))[:, None], 0.95)


def clavicles(grid: Grid, anatomy: Anatomy, breaks: list[Break]) -> Field:
    """Clavicle bone, cm."""
    canvas = Canvas(grid)
    for side in (0, 1):
        curve = clavicle_curve(anatomy, side)
        width = 0.021 + 0.010 * np.linspace(1, 0, len(curve)) ** 3 + 0.006 * np.linspace(0, 1, len(curve)) ** 3
        mine = [b for b in breaks if b.side == side and b.bone == -1]
        begin = 0
        for piece in _pieces(curve, mine):
            _bone(canvas, piece, width[begin : begin + len(piece)], 0.5, 0.85)
            begin += len(piece) - 1
        _callus(canvas, curve, mine)
    return anatomy.bone * 2.1 * grid.blur(canvas.field(), 0.0016)


def spine(film: Grid, anatomy: Anatomy, rng: np.random.Generator) -> Field:
    """Vertebrae, cm: blocks parted by discs, with pedicles and spinous processes."""
    columns, grid = film.strip(MIDLINE - 0.1, MIDLINE + 0.1)
    pitch = 0.05
    centre = MIDLINE + anatomy.spine_bend * np.sin(np.pi * (grid.y - 0.2) / 0.6) + 0.0015 * grid.noise(rng, 18)
    half = 0.031 + 0.010 * step(grid.y / 1.0)
    phase = (grid.y / pitch + 0.3 * float(rng.random()) + 0.025 * grid.noise(rng, 16)) % 1.0
    off = np.minimum(phase, 1 - phase)
    block = 0.72 + 0.28 * step((off - 0.02) / 0.09)
    plate = np.exp(-(((off - 0.11) / 0.04) ** 2))
    across = np.abs(grid.x - centre)
    waist = half * (1 - 0.12 * step((off - 0.15) / 0.3))
    body = dome((waist - across) / 0.035) * (0.7 * block + 0.16 * plate * step((waist - across) / 0.008))
    rings = ((across - 0.62 * half) / 0.0075) ** 2 + ((off - 0.33) * pitch / 0.008) ** 2
    pedicle = np.exp(-((np.sqrt(rings) - 0.9) ** 2) / 0.25)
    process = np.exp(-((across / 0.006) ** 2) - (((phase - 0.5) * pitch / 0.015) ** 2))
    wing = dome((half + 0.036 - across) / 0.03) * np.exp(-(((phase - 0.42) * pitch / 0.008) ** 2)) * 0.35
    bone = film.zeros()
    bone[:, columns] = anatomy.bone * (body + 0.22 * pedicle + 0.45 * process + wing)
    return bone


def shoulders(grid: Grid, anatomy: Anatomy, rng: np.random.Generator) -> Field:
    """Shoulder blades and heads of the upper arms, cm."""
    plate, rim = Canvas(grid), Canvas(grid)
    for side in (0, 1):
        sign = SIGNS[side]
        ox, oy = anatomy.scapula + rng.normal(0, 0.006), anatomy.apex - 0.155 + rng.normal(0, 0.006)
        shape = np.array([[0.43, 0.16], [0.385, 0.155], [0.355, 0.22], [0.352, 0.33], [0.385, 0.455], [0.41, 0.44]])
        shape = np.concatenate([shape, np.array([[0.42, 0.35], [0.435, 0.26], [0.455, 0.215]])])
        outline = smooth_curve(np.concatenate([shape, shape[:1]]), 60)
        outline = np.stack([MIDLINE + sign * (outline[:, 0] + ox), outline[:, 1] + oy], 1)
        plate.polygon(outline, 0.22)
        rim.lines(outline[None, 36:58], 0.011, 0.5)
        rim.lines(outline[None, :36], 0.005, 0.30)
        ridge = smooth_curve(np.array([[0.37, 0.235], [0.42, 0.19], [0.47, 0.145], [0.50, 0.135]]), 24)
        rim.ribbon(np.stack([MIDLINE + sign * (ridge[:, 0] + ox), ridge[:, 1] + oy], 1), 0.018, 0.36)
        head = np.array([MIDLINE + sign * (0.505 + ox), 0.215 + oy])
        circle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
        ring = head + 0.047 * np.stack([np.cos(circle), np.sin(circle)], 1)
        plate.polygon(ring, 0.42)
        rim.lines(ring[None], 0.004, 0.4, closed=True)
        shaft = smooth_curve(head + np.array([[sign * 0.012, 0.02], [sign * 0.035, 0.2], [sign * 0.045, 0.45]]), 24)
        cortex = np.array([sign * 0.016, 0])
        plate.ribbon(shaft, 0.040, 0.36)
        rim.ribbon(shaft + cortex, 0.006, 0.45)
        rim.ribbon(shaft - cortex, 0.006, 0.45)
    bone = grid.blur(plate.field(), 0.002) + grid.blur(rim.field(), 0.002)
    return anatomy.bone * 1.3 * bone * (1 + 0.12 * grid.noise(rng, 60))
