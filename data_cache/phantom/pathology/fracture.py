"""Fractures: displaced ribs (fresh, or healing with callus) and clavicles; a label without a mask."""

import numpy as np

from data_cache.phantom.skeleton import Break


def plan_breaks(severity: float, rng: np.random.Generator) -> list[Break]:
    """Choose the breaks: one to five neighbouring ribs of one side, or a clavicle in a quarter of the cases."""
    side = int(rng.integers(0, 2))
    size = 0.016 + 0.017 * severity
    if rng.random() < 0.28:
        return [Break(side, -1, rng.uniform(0.42, 0.62), size * 1.25 * rng.choice([-1, 1]), 0.010, 0.0)]
    healing = rng.random() < 0.5
    count = 1 + int(severity * 3 + rng.random() * 1.2)
    first = int(rng.integers(2, 8 - min(count, 4)))
    at = rng.uniform(0.26, 0.44)
    direction = rng.choice([-1.0, 1.0])
    return [
        Break(
            side,
            number,
            float(at + rng.normal(0, 0.015)),
            size * direction * rng.uniform(0.8, 1.2),
            0.004 if healing else 0.014,
            (0.017 + 0.008 * severity) if healing else 0.0,
        )
        for number in range(first, first + count)
    ]
