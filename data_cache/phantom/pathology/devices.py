"""Support devices: tubes, lines, pacemaker, chest drain, monitoring leads."""

from collections.abc import Callable

import numpy as np

from data_cache.phantom.anatomy import MIDLINE, SIGNS, Anatomy
from data_cache.phantom.grid import Canvas, Points, smooth_curve
from data_cache.phantom.scene import Scene


class Kit:
    """Two drawings: what attenuates (0 to 1 of 1.6 nepers) and what belongs to the mask."""

    def __init__(self, scene: Scene, rng: np.random.Generator) -> None:
        self.anatomy: Anatomy = scene.anatomy
        self.rng = rng
        self.metal = Canvas(scene.grid)
        self.region = Canvas(scene.grid)

    def tube(self, knots: list[tuple[float, float]], width: float, wall: float, bore: float) -> Points:
        """A hollow tube: bright walls, fainter bore."""
        curve = smooth_curve(np.array(knots), 72)
        self.metal.ribbon(curve, width, wall)
        if bore < wall:
            self.metal.ribbon(curve, width * 0.5, bore)
        self.region.ribbon(curve, width + 0.007, 1.0)
        return curve

    def disc(self, centre: tuple[float, float], radius: float, value: float) -> None:
        """A round metal part."""
        turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        ring = np.array(centre) + radius * np.stack([np.cos(turn), np.sin(turn)], 1)
        self.metal.polygon(ring, value)
        self.region.polygon(np.array(centre) + (ring - np.array(centre)) * (1 + 0.003 / radius), 1.0)


def _endotracheal(kit: Kit) -> None:
    x, tip = MIDLINE + kit.anatomy.trachea, kit.anatomy.apex + kit.rng.uniform(0.09, 0.18)
    bend = kit.rng.normal(0, 0.006)
    kit.tube([(x + 0.02 * kit.rng.normal(), -0.1), (x + bend, 0.03), (x, 0.5 * tip), (x, tip)], 0.017, 0.42, 0.18)


def _central_line(kit: Kit) -> None:
    a, side = kit.anatomy, int(kit.rng.random() < 0.3)
    sign = SIGNS[side]
    end = (MIDLINE - 0.048, a.apex + kit.rng.uniform(0.24, 0.33))
    bend = (MIDLINE - 0.046, a.apex + 0.13)
    if kit.rng.random() < 0.5:
        path = [(MIDLINE + sign * 0.115, -0.03), (MIDLINE + sign * 0.085, 0.07), (MIDLINE + sign * 0.06, a.apex + 0.03)]
    else:
        path = [
            (MIDLINE + sign * 0.33, a.apex + 0.16),
            (MIDLINE + sign * 0.25, a.apex + 0.045),
            (MIDLINE + sign * 0.12, a.apex + 0.03),
        ]
    if side:
        path.append((MIDLINE, a.apex + 0.09))
    kit.tube([*path, bend, end], 0.0075, 0.46, 0.46)


def _pacemaker(kit: Kit) -> None:
    a, sign = kit.anatomy, 1.0 if kit.rng.random() < 0.8 else -1.0
    x, y = MIDLINE + sign * kit.rng.uniform(0.27, 0.31), a.apex + kit.rng.uniform(0.07, 0.11)
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    box = np.stack(
        [np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.6, np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.6], 1
    )
    box = np.array([x, y]) + box * np.array([0.052, 0.045])
    kit.metal.polygon(box, 0.85)
    kit.metal.polygon(np.array([x, y + 0.008]) + (box - [x, y]) * 0.66, 1.0)
    kit.region.polygon(np.array([x, y]) + (box - [x, y]) * 1.05, 1.0)
    veins = [(x, y - 0.035), (MIDLINE + sign * 0.17, a.apex + 0.035), (MIDLINE + sign * 0.05, a.apex + 0.075)]
    down = [(MIDLINE - 0.047, a.apex + 0.16), (MIDLINE - 0.055, a.apex + 0.34)]
    tips = [[(MIDLINE + 0.02, a.dome_left - 0.03), (MIDLINE + 0.13, a.dome_left - 0.035)]]
    if kit.rng.random() < 0.6:
        tips.append([(MIDLINE - 0.075, a.dome_left - 0.14), (MIDLINE - 0.055, a.dome_left - 0.19)])
    for tip in tips:
        kit.tube([*veins, *down, *tip], 0.0062, 0.62, 0.62)
        kit.disc(tip[-1], 0.006, 0.9)


def _chest_drain(kit: Kit) -> None:
    a, side = kit.anatomy, int(kit.rng.integers(0, 2))
    sign, y = SIGNS[side], a.dome(side) - kit.rng.uniform(-0.02, 0.1)
    knots = [
        (0.55, y + 0.07),
        (a.half_width - 0.005, y),
        (0.30, y - 0.14),
        (kit.rng.uniform(0.17, 0.25), a.apex + kit.rng.uniform(0.08, 0.2)),
    ]
    curve = kit.tube([(MIDLINE + sign * u, v) for u, v in knots], 0.015, 0.22, 0.12)
    kit.metal.ribbon(curve + np.array([0.004, 0.0]), 0.0035, 0.6)


def _feeding_tube(kit: Kit) -> None:
    a, x = kit.anatomy, MIDLINE + 0.006
    end = a.dome_left + kit.rng.uniform(0.06, 0.13)
    kit.tube(
        [
            (x - 0.01, -0.1),
            (x, 0.15),
            (x + 0.006, 0.45),
            (x + 0.015, a.dome_left - 0.03),
            (x + 0.10, end),
            (x + 0.16, end + 0.05),
        ],
        0.0085,
        0.40,
        0.28,
    )


def _monitor_leads(kit: Kit) -> None:
    a = kit.anatomy
    spots = [(-0.30, a.apex + 0.10), (0.30, a.apex + 0.12), (0.34, a.dome_left - 0.05), (-0.33, a.dome_left - 0.03)]
    count = 2 + int(kit.rng.integers(0, 3))
    for u, v in spots[:count]:
        x, y = MIDLINE + u + kit.rng.normal(0, 0.02), v + kit.rng.normal(0, 0.02)
        kit.disc((x, y), 0.013, 0.28)
        kit.disc((x, y), 0.0065, 0.85)
        out = np.sign(u)
        sag = kit.rng.uniform(0.1, 0.3)
        kit.tube(
            [
                (x, y),
                (x - out * kit.rng.uniform(0.02, 0.09), y + 0.5 * sag),
                (x - out * 0.02, y + sag),
                (x + out * 0.16, y + sag + 0.22),
                (x + out * 0.34, 1.15),
            ],
            0.0048,
            0.38,
            0.38,
        )


_SETS: dict[str, Callable[[Kit], None]] = {
    "endotracheal tube": _endotracheal,
    "central line": _central_line,
    "pacemaker": _pacemaker,
    "chest drain": _chest_drain,
    "feeding tube": _feeding_tube,
    "monitor leads": _monitor_leads,
}
_CHANCE = {
    "endotracheal tube": 0.30,
    "central line": 0.50,
    "pacemaker": 0.28,
    "chest drain": 0.16,
    "feeding tube": 0.30,
    "monitor leads": 0.42,
}


def devices(scene: Scene, severity: float, rng: np.random.Generator) -> None:
    """Place one to five devices; a low severity means a single thin line."""
    kit = Kit(scene, rng)
    chosen = [name for name, chance in _CHANCE.items() if rng.random() < chance * (0.5 + severity)]
    if severity < 0.33 or not chosen:
        chosen = [str(rng.choice(["central line", "endotracheal tube", "monitor leads", "feeding tube"]))]
    for name in chosen:
        _SETS[name](kit)
    scene.metal = scene.metal + 1.25 * scene.grid.blur(kit.metal.field(), 0.0008)
    scene.add_mask("Support Devices", kit.region.field() > 0.5)
    scene.details["devices"] = chosen
