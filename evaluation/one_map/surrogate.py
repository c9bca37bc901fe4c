"""The straight line that fits random coalitions best."""

import numpy as np

from evaluation.one_map.types import Shares, Worth


def surrogate(worth: Worth, players: int, samples: int, rng: np.random.Generator) -> Shares:
    """Slopes of a linear model of the worth, by least squares over coalitions with every cell in or out at even odds.

    After LIME (Ribeiro et al., KDD 2016). Departures: no kernel that weighs coalitions by their distance from the
    whole image, no ridge penalty and no selection of cells, so that what is estimated has a name: over all coalitions
    these slopes are the Banzhaf values (Hammer and Holzman, 1992).

    Args:
        worth: the logit of coalitions.
        players: number of cells, at least 1.
        samples: passes; two more than twice the players, or more.
        rng: draws the coalitions.

    Returns:
        `error` is the slopes' standard error from what the line leaves unexplained, as root mean square over the
        cells: of a logit that is no line in the cells, mostly that.

    Raises:
        ValueError: too few samples.
    """
    if samples < 2 * players + 2:
        raise ValueError(f"Expected at least {2 * players + 2} samples for {players} cells, found {samples}.")
    coalitions = rng.random((samples, players)) < 0.5
    design = np.column_stack([np.ones(samples), np.where(coalitions, 0.5, -0.5)])
    found = worth(coalitions)
    slopes, *_ = np.linalg.lstsq(design, found, rcond=None)
    left = found - design @ slopes
    variance = left @ left / (samples - players - 1) * np.diag(np.linalg.pinv(design.T @ design))[1:].mean()
    return Shares(slopes[1:].astype(np.float64, copy=False), float(np.sqrt(variance)))
