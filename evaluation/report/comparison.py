"""How far each method stays below the human benchmark."""

from collections.abc import Iterator

import numpy as np

from evaluation.inference.intervals import Unit, interval_of_patients
from evaluation.results import Results
from evaluation.scores import METRICS


def percentages_below(
    results: Results, reference: str, resamples: int, seed: int, unit: Unit
) -> Iterator[tuple[str, str, str, float, float, float, float, float]]:
    """100 · (reference − method) / reference for every other method, with the interval of that percentage.

    Yields:
        (method, finding or Mean, metric, the reference's mean, the method's mean, percentage, low, high). A percentage
        of a reference of 0 is undefined.
    """
    means, _ = results.means()
    r = results.methods.index(reference)
    patients = results.patients(results.values[r])
    references = results.replicates(results.values[r], resamples, seed, unit)
    for m, method in enumerate(results.methods):
        if m == r or results.forms.get(method) != results.forms.get(reference):
            continue
        replicates = results.replicates(results.values[m], resamples, seed, unit)
        with np.errstate(invalid="ignore", divide="ignore"):
            percent = 100 * (references - replicates) / references
        percent[~np.isfinite(percent)] = np.nan
        for f, finding in enumerate(results.names):
            for k, metric in enumerate(METRICS):
                human, value = float(means[r, k, f]), float(means[m, k, f])
                share = 100 * (human - value) / human if human else float("nan")
                found = interval_of_patients(percent[:, k, f], int(patients[k, f]))
                yield method, finding, metric, human, value, share, found.low, found.high
