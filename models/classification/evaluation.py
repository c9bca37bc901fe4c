"""From labels and probabilities to the classification report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS
from models.classification.bootstrap import resample_counts
from models.classification.metrics import METRICS, Floats, mean_over, metric_values
from models.classification.reasons import NOT_PREDICTED, missing_class, why_undefined
from models.classification.report import LOCALIZED_MEAN, MEAN, ClassificationReport, Interval, Row
from models.classification.thresholds import youden_thresholds

_MEANS = {MEAN: FINDINGS, LOCALIZED_MEAN: LOCALIZED_FINDINGS}
_PERCENTILES = (0.025, 0.975)


def evaluate_predictions(
    labels: Floats,
    probabilities: Floats,
    patients: Sequence[str],
    validation: tuple[Floats, Floats],
    n_resamples: int = 100_000,
    seed: int = 0,
    advance: Callable[[int], object] = lambda resamples: None,
) -> ClassificationReport:
    """Score the probabilities of 14 findings against labels, with 95 % intervals by image and by patient.

    Every metric is computed per finding over the images whose label is known; a mean is over the findings in which the
    metric is defined. Intervals are percentiles (linear between neighbours) of the same value in bootstrap resamples of
    all images, and of all patients with all their images; the thresholds stay. A mean's interval comes from the means
    of the resamples. A resample in which a value is undefined is left out of that interval and counted.

    Args:
        labels: (n, 14) 1, 0 or NaN (uncertain or unknown), in the order of FINDINGS.
        probabilities: (n, 14) finite; any score that grows with the probability gives the same report. NaN in every
            image for findings that the model does not predict, which are undefined.
        patients: (n,) the patient of each image.
        validation: (labels, probabilities) of the images on which the thresholds are chosen by Youden's index.
        n_resamples: bootstrap resamples, for images and for patients each; 0 gives no intervals. Every 100,000 take
            some 80 MB of memory.
        seed: of the resamples; nothing else is random.
        advance: called with the number of resamples done since the last call, 2 × n_resamples in all.

    Raises:
        ValueError: shapes do not agree, a label is none of 0, 1 and NaN, or a probability is not finite.
    """
    _check_shapes(np.asarray(labels), np.asarray(probabilities), np.asarray(patients))
    _check_shapes(np.asarray(validation[0]), np.asarray(validation[1]), np.zeros(len(validation[0])))
    silent: NDArray[np.bool_] = np.all(np.isnan(probabilities), axis=0)
    scored = _Scored(
        *_without(silent, np.asarray(labels), np.asarray(probabilities)),
        np.asarray(patients),
        youden_thresholds(*_without(silent, *map(np.asarray, validation))),
        tuple(missing_class(column) for column in np.asarray(validation[0]).T),
        silent,
    )
    point = scored.metrics(np.ones((1, len(scored.labels)), np.float32))
    included = ~np.isnan(point[0])
    by_image, by_patient = (
        _intervals(_resampled(scored, included, resample_counts(groups, n_resamples, seed), n_resamples, advance))
        for groups in (range(len(scored.labels)), scored.patients)
    )
    values = _with_means(point, included)[0]
    rows = tuple(
        _row(scored, included[j], name, metric, float(values[j, i]), (by_image[j][i], by_patient[j][i]))
        for i, name in enumerate((*FINDINGS, *_MEANS))
        for j, metric in enumerate(METRICS)
    )
    return ClassificationReport(rows, n_resamples, seed)


def _check_shapes(labels: Floats, probabilities: Floats, patients: NDArray) -> None:
    n, width = len(labels), len(FINDINGS)
    shapes = (labels.shape, probabilities.shape, patients.shape)
    if n == 0 or shapes != ((n, width), (n, width), (n,)):
        raise ValueError(
            f"Expected labels and probabilities (n, {width}) and patients (n,), n ≥ 1, found "
            f"{', '.join(map(str, shapes))}."
        )


@dataclass(frozen=True, eq=False)
class _Scored:
    """What is scored: arrays as `evaluate_predictions` takes them; per finding the threshold, or why there is none.

    Of `silent` findings, which the model does not predict, every label is unknown.
    """

    labels: Floats
    probabilities: Floats
    patients: NDArray
    thresholds: NDArray[np.float64]
    without_threshold: tuple[str, ...]
    silent: NDArray[np.bool_]

    def metrics(self, counts: Floats) -> NDArray[np.float64]:
        return metric_values(self.labels, self.probabilities, self.thresholds, counts)


def _resampled(
    scored: _Scored,
    included: NDArray[np.bool_],
    chunks: Iterator[NDArray[np.float32]],
    n_resamples: int,
    advance: Callable[[int], object],
) -> NDArray[np.float64]:
    """All metrics of all findings, then of the means, in every resample: (resamples, metrics, findings + means)."""
    values = np.empty((n_resamples, len(METRICS), len(FINDINGS) + len(_MEANS)))
    done = 0
    for counts in chunks:
        values[done : done + len(counts)] = _with_means(scored.metrics(counts), included)
        done += len(counts)
        advance(len(counts))
    return values


def _with_means(values: NDArray[np.float64], included: NDArray[np.bool_]) -> NDArray[np.float64]:
    means = [mean_over(values, included & _members(name)) for name in _MEANS]
    return np.concatenate([values, np.stack(means, axis=2)], axis=2)


def _members(mean: str) -> NDArray[np.bool_]:
    return np.array([finding in _MEANS[mean] for finding in FINDINGS])


def _intervals(values: NDArray[np.float64]) -> list[list[Interval]]:
    """The percentile interval of every metric and column of values (resamples, metrics, columns)."""
    return [[_interval(values[:, j, i]) for i in range(values.shape[2])] for j in range(values.shape[1])]


def _interval(values: NDArray[np.float64]) -> Interval:
    defined = values[~np.isnan(values)]
    if not defined.size:
        return Interval(float("nan"), float("nan"), 0)
    low, high = np.quantile(defined, _PERCENTILES)
    return Interval(float(low), float(high), int(defined.size))


def _row(
    scored: _Scored,
    included: NDArray[np.bool_],
    name: str,
    metric: str,
    value: float,
    intervals: tuple[Interval, Interval],
) -> Row:
    if name in _MEANS:
        return _mean_row(scored, included, name, metric, value, intervals)
    column = FINDINGS.index(name)
    labels, threshold = scored.labels[:, column], scored.thresholds[column]
    known = ~np.isnan(labels)
    called = scored.probabilities[:, column] >= threshold
    defined = bool(included[column])
    return Row(
        finding=name,
        metric=metric,
        value=value,
        n=int(known.sum()),
        n_positive=int((labels == 1).sum()),
        n_unknown=int((~known).sum()),
        n_patients=len(np.unique(scored.patients[known])),
        n_findings=int(defined),
        threshold=None if metric == "auroc" else float(threshold),
        by_image=intervals[0],
        by_patient=intervals[1],
        reason="" if defined else _why(scored, column, metric, called),
    )


def _why(scored: _Scored, column: int, metric: str, called: NDArray[np.bool_]) -> str:
    if scored.silent[column]:
        return NOT_PREDICTED
    return why_undefined(metric, scored.labels[:, column], called, scored.without_threshold[column])


def _without(columns: NDArray[np.bool_], labels: Floats, probabilities: Floats) -> tuple[Floats, Floats]:
    """Labels and probabilities with nothing known of some findings."""
    return np.where(columns, np.nan, labels), np.where(columns, 0.0, probabilities)


def _mean_row(
    scored: _Scored,
    included: NDArray[np.bool_],
    name: str,
    metric: str,
    value: float,
    intervals: tuple[Interval, Interval],
) -> Row:
    members = included & _members(name)
    left_out = [finding for finding in _MEANS[name] if not included[FINDINGS.index(finding)]]
    return Row(
        finding=name,
        metric=metric,
        value=value,
        n=len(scored.labels),
        n_positive=None,
        n_unknown=None,
        n_patients=len(np.unique(scored.patients)),
        n_findings=int(members.sum()),
        threshold=None,
        by_image=intervals[0],
        by_patient=intervals[1],
        reason=f"without {', '.join(left_out)}" if left_out else "",
    )
