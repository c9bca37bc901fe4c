"""Bootstrap intervals of means over cases, resampling images (as published) or patients, and of their differences.

Of few patients a resample knows too little: below six there is no such interval, and it says so. A rate, such as the
hits of one finding, has Wilson's instead, see `evaluation.inference.rates`.

Undefined values are left out of each resample's mean, as in the reference code; a resample in which nothing is defined
has no mean and is counted. All columns share the same resamples, so that differences between methods are paired.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.inference.sign_flip import LEAST_PATIENTS
from models.classification.bootstrap import resample_counts

Unit = Literal["patient", "image"]
TAILS = (0.025, 0.975)  # of a 95 % interval
BOOTSTRAP, WILSON = "percentile bootstrap", "Wilson"
FEW = f"fewer than {LEAST_PATIENTS} patients"
NO_RESAMPLES = "no resample has a value"


@dataclass(frozen=True)
class Interval:
    """A 95 % interval.

    Attributes:
        low, high: NaN where there is none. Of the bootstrap the order statistics that the reference takes (of 1,000
            resamples the 25th and the 975th).
        undefined: resamples without a mean.
        kind: BOOTSTRAP or WILSON.
        why: why there is none; "" where there is one.
    """

    low: float
    high: float
    undefined: int
    kind: str = BOOTSTRAP
    why: str = ""


def groups_of(cases: Sequence[str], unit: Unit, patient_of: Mapping[str, str] | None = None) -> list[str]:
    """What is resampled, for each case: the case itself, or its patient.

    Args:
        cases: ids.
        unit: which.
        patient_of: the patients of cases, where a dataset says so; of others the id up to "_study", else the id.
    """
    known = patient_of or {}
    return list(cases) if unit == "image" else [known.get(case) or case.split("_study")[0] for case in cases]


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
        return Interval(float("nan"), float("nan"), undefined, why=NO_RESAMPLES)
    low, high = np.quantile(defined, TAILS, method="inverted_cdf")
    return Interval(float(low), float(high), undefined)


def interval_of_patients(replicates: NDArray[np.float64], patients: int) -> Interval:
    """The percentile interval of a statistic that so many patients have a value in; none below LEAST_PATIENTS."""
    found = interval(replicates)
    if patients >= LEAST_PATIENTS:
        return found
    return Interval(float("nan"), float("nan"), found.undefined, why=FEW)
