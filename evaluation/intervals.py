"""Bootstrap intervals of means over cases, resampling images (as published) or patients, and of their differences.

Undefined values are left out of each resample's mean, as in the reference code; a resample in which nothing is defined
has no mean and is counted. All columns share the same resamples, so that differences between methods are paired.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.classification.bootstrap import resample_counts

Unit = Literal["patient", "image"]
TAILS = (0.025, 0.975)  # of a 95 % interval


@dataclass(frozen=True)
class Interval:
    """A 95 % percentile interval; NaN without a resample that has a mean.

    Attributes:
        low, high: the order statistics that the reference takes (of 1,000 resamples the 25th and the 975th).
        undefined: resamples without a mean.
    """

    low: float
    high: float
    undefined: int


def groups_of(cases: Sequence[str], unit: Unit) -> list[str]:
    """What is resampled, for each case: the case itself, or its patient (the id up to "_study", else the id)."""
    return list(cases) if unit == "image" else [case.split("_study")[0] for case in cases]


def resampled_means(
    values: NDArray[np.float64], groups: Sequence[str], resamples: int, seed: int
) -> NDArray[np.float64]:
    """Mean of each column in each resample.

    Args:
        values: (n, k), one row a case, NaN where undefined.
        groups: (n,) what is drawn, see `groups_of`.
        resamples: how many.
        seed: of the draws; the same draws for every column.

    Returns:
        float64 (resamples, k), NaN where nothing is defined.
    """
    defined = ~np.isnan(values)
    both = np.concatenate([np.where(defined, values, 0), defined], axis=1)
    width = values.shape[1]
    means = np.empty((resamples, width))
    done = 0
    for counts in resample_counts(groups, resamples, seed):
        sums = counts @ both
        with np.errstate(invalid="ignore"):
            np.divide(sums[:, :width], sums[:, width:], out=means[done : done + len(counts)])
        done += len(counts)
    return means


def mean_over_findings(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the last axis, undefined findings left out; NaN where all are."""
    defined = ~np.isnan(means)
    with np.errstate(invalid="ignore"):
        return np.where(defined, means, 0).sum(axis=-1) / defined.sum(axis=-1)


def interval(replicates: NDArray[np.float64]) -> Interval:
    """The percentile interval of one statistic's replicates (resamples,)."""
    defined = replicates[~np.isnan(replicates)]
    undefined = len(replicates) - len(defined)
    if not len(defined):
        return Interval(float("nan"), float("nan"), undefined)
    low, high = np.quantile(defined, TAILS, method="inverted_cdf")
    return Interval(float(low), float(high), undefined)


def p_value(replicates: NDArray[np.float64]) -> float:
    """Two-sided bootstrap p-value of a difference from 0: twice the smaller share beyond 0.

    At least 2 / (resamples + 1), for no finite number of resamples shows a probability of 0.
    NaN without replicates.
    """
    defined = replicates[~np.isnan(replicates)]
    if not len(defined):
        return float("nan")
    beyond = min(np.count_nonzero(defined <= 0), np.count_nonzero(defined >= 0))
    return float(min(1.0, 2 * (beyond + 1) / (len(defined) + 1)))
