"""What the whole image loses without one cell."""

import numpy as np

from evaluation.one_map.types import Shares, Worth


def occlusion(worth: Worth, players: int) -> Shares:
    """Worth of all cells minus worth of all but one, for each (Zeiler and Fergus, ECCV 2014); players + 1 passes.

    Args:
        worth: the logit of coalitions.
        players: number of cells, at least 1.
    """
    found = worth(np.concatenate([np.ones((1, players), bool), ~np.eye(players, dtype=bool)]))
    return Shares(found[0] - found[1:], 0.0)
