"""Shapley values of the cells, by random orders."""

import numpy as np

from evaluation.one_map.types import Shares, Worth


def shapley(worth: Worth, players: int, pairs: int, rng: np.random.Generator) -> Shares:
    """What each cell adds to those before it, averaged over random orders (Castro et al., 2009).

    Each order is taken forwards and backwards (Mitchell et al., JMLR 2022: antithetic), so that what two cells do
    together is shared evenly between them, by any one pair of orders. One order takes players + 1 passes.

    Args:
        worth: the logit of coalitions.
        players: number of cells, at least 1.
        pairs: of orders, at least 1.
        rng: draws them.

    Returns:
        The means, which add up to what all cells are worth more than none, whatever was drawn; `error` is their
        standard error, as root mean square over the cells, NaN of a single pair.
    """
    each = np.stack([_pair(worth, rng.permutation(players)) for _ in range(pairs)])
    spread = each.var(axis=0, ddof=1).mean() if pairs > 1 else np.nan
    return Shares(each.mean(axis=0), float(np.sqrt(spread / pairs)))


def _pair(worth: Worth, order: np.ndarray) -> np.ndarray:
    return (_added(worth, order) + _added(worth, order[::-1])) / 2


def _added(worth: Worth, order: np.ndarray) -> np.ndarray:
    """What each cell adds when they are uncovered in an order, (players,) by cell."""
    place = np.argsort(order)
    found = worth(place < np.arange(len(order) + 1)[:, None])
    return np.diff(found)[place]
