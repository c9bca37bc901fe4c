"""Words that all of this room shares."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Coalitions = NDArray[np.bool_]
Worth = Callable[[Coalitions], Values]  # coalitions (n, players) -> the logit of each, (n,)
Slopes = Callable[
    [float], Values
]  # how far all cells are faded in, 0 … 1 -> derivative by each cell's gate, (players,)


@dataclass(frozen=True, eq=False)
class Shares:
    """What each cell has of the logit.

    Attributes:
        values: (players,) float64, in logits, signed.
        error: how far they may be off for want of samples or steps, in logits; 0 where nothing is left out, NaN where
            nobody knows.
    """

    values: Values
    error: float
