"""Holm's correction of several p-values (Holm, Scandinavian Journal of Statistics 1979)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def holm(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust the p-values of a family: rejecting those below α keeps any false rejection in it below α.

    The smallest of m is multiplied by m, the next by m − 1 …, and none becomes smaller than one before it.

    Args:
        values: (m,), in any order; NaN where there was no test, which counts for nothing.

    Returns:
        float64 (m,), at most 1, NaN where there was none.
    """
    found = np.asarray(values, np.float64)
    adjusted = np.full(found.shape, np.nan)
    order = [k for k in np.argsort(found, kind="stable") if not np.isnan(found[k])]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(found[order] * factors)) if order else []
    return adjusted
