"""Integrated gradients of gates that fade all cells in together."""

import numpy as np
from scipy.fft import dct

from evaluation.one_map.types import Shares, Slopes, Values

FIRST = 8  # steps of the first rule
ENOUGH = 1e-5  # logits: a map that changes by less when steps are halved is left as it is


def along_gates(slopes: Slopes, most: int) -> Shares:
    """Integrated gradients by the gates of the cells, from all covered to all uncovered.

    At gate t a cell's pixels are filler + t · (image − filler), so this is integrated gradients (Sundararajan et al.,
    ICML 2017) from the filled image to the image, added up over each cell. Where the logit is a sum of functions of
    one cell each, the integral of one gate's derivative is what that cell's function gains from filler to image,
    however it bends in between.

    The integral is Clenshaw and Curtis's, of 8 steps, 16, … (each rule has the nodes of the one before), until the map
    changes by no more than 1e-5 logits or there are `most` steps. One node is one pass forward and one back.

    Args:
        slopes: derivative of the logit by each gate where all have one value.
        most: 8 times a power of two.

    Returns:
        `error` is the largest change by the last halving: it bounds the error of the rule before the last in
        practice, and so says more than the last one is off by.

    Raises:
        ValueError: the number of steps is another.
    """
    if most < FIRST or most % FIRST or (most // FIRST).bit_count() != 1:
        raise ValueError(f"Expected 8 steps times a power of two, found {most}.")
    at = _nodes(FIRST)
    found = np.stack([slopes(float(one)) for one in at])
    values, error, steps = _integral(found), np.inf, FIRST
    while error > ENOUGH and steps < most:
        steps *= 2
        between = np.stack([slopes(float(one)) for one in _nodes(steps)[1::2]])
        found = np.insert(found, np.arange(1, len(found)), between, axis=0)
        finer = _integral(found)
        values, error = finer, float(np.abs(finer - values).max())
    return Shares(values, error if np.isfinite(error) else float("nan"))


def most_passes(most: int) -> int:
    """Passes that so many steps take at most, forward and back counted apart."""
    return 2 * (most + 1)


def _nodes(steps: int) -> Values:
    """From 1 down to 0, (steps + 1,)."""
    return (1 + np.cos(np.pi * np.arange(steps + 1) / steps)) / 2


def _integral(found: Values) -> Values:
    """Over [0, 1], of values (steps + 1, players) at the nodes: that of the polynomial through them."""
    steps = len(found) - 1
    coefficients = dct(found, type=1, axis=0) / steps
    coefficients[[0, -1]] /= 2
    even = np.arange(0, steps + 1, 2)
    return np.asarray((coefficients[even] / (1 - even**2)[:, None]).sum(axis=0))
