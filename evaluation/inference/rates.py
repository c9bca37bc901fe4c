"""Wilson's interval of a rate, such as the hit rate of one finding, also where patients have several images."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.inference.intervals import WILSON, Interval
from evaluation.inference.sign_flip import LEAST_PATIENTS, patient_sums

_QUANTILE = 1.959963984540054  # of the normal distribution, at 0.975


def wilson(rate: float, trials: float) -> tuple[float, float]:
    """The 95 % score interval (Wilson, JASA 1927) of a rate.

    Args:
        rate: in [0, 1].
        trials: how many it comes from, more than 0; need not be whole.

    Returns:
        (low, high); never empty: 0 of 9 gives (0, 0.299).
    """
    square = _QUANTILE**2
    centre = rate + square / (2 * trials)
    reach = _QUANTILE * float(np.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2)))
    whole = 1 + square / trials
    low = 0.0 if rate == 0 else (centre - reach) / whole
    high = 1.0 if rate == 1 else (centre + reach) / whole
    return low, high


def effective_trials(values: NDArray[np.float64], groups: Sequence[str]) -> float:
    """How many independent images say as much about a rate as these, of which several may be of one patient.

    The number of images divided by the design effect Σ (S − n·rate)² / (N·rate·(1 − rate)) over patients with S hits
    of n, of N images in all (Korn and Graubard, Survey Methodology 1998), where it is above 1. It is 1 where every
    patient has one image. Below six patients, and where all images agree, it cannot be told: there are at most as many
    trials as patients.

    Args:
        values: (n,) zeros and ones, NaN where undefined, at least one defined.
        groups: (n,) the patient of each.
    """
    sums, counts = (column[:, 0] for column in patient_sums(np.asarray(values)[:, None], groups))
    images, patients = int(counts.sum()), int(np.count_nonzero(counts))
    rate = float(sums.sum()) / images
    if rate in (0, 1):
        return float(patients)
    spread = float(((sums - counts * rate) ** 2).sum())
    trials = images / max(1.0, spread / (images * rate * (1 - rate)))
    return min(trials, patients) if patients < LEAST_PATIENTS else trials


def rate_interval(values: NDArray[np.float64], groups: Sequence[str]) -> Interval | None:
    """Wilson's interval of the mean of values that are all 0 or 1; None of others, and without any.

    Args:
        values: (n,), NaN where undefined.
        groups: (n,) the patient of each.
    """
    known = values[~np.isnan(values)]
    if not len(known) or not np.isin(known, (0, 1)).all():
        return None
    return Interval(*wilson(float(known.mean()), effective_trials(values, groups)), 0, WILSON)
