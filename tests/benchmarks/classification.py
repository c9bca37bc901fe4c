"""Classification intervals: all resamples at once against one resample at a time through a metrics library."""

import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, precision_recall_fscore_support, roc_auc_score
from torchmetrics.functional import classification as torchmetrics

from data_cache.findings import FINDINGS
from models.classification.bootstrap import resample_counts
from models.classification.evaluation import evaluate_predictions
from models.classification.metrics import METRICS, metric_values
from models.classification.thresholds import youden_thresholds

IMAGES, PATIENTS, VALIDATION = 668, 500, 234  # as CheXlocalize's test and val splits
RESAMPLES = 100_000
SUBSET = 40  # resamples that the libraries compute
SEED = 0
REPEATS = 3

Array = NDArray[np.float64]


def run(report: Callable[[str], object]) -> None:
    """Time both and hand over lines of text: configuration, raw samples, ratios."""
    labels, scores = _data(IMAGES, seed=1)
    validation = _data(VALIDATION, seed=2)
    patients = [f"patient{number}" for number in np.random.default_rng(3).permutation(np.arange(IMAGES) % PATIENTS)]
    report(
        "Classification evaluation: AUROC, accuracy, sensitivity, specificity, precision, F1 with bootstrap intervals"
    )
    report(
        f"  {IMAGES} images of {PATIENTS} patients, {len(FINDINGS)} findings, {len(METRICS)} metrics, "
        f"{RESAMPLES:,} resamples of images and {RESAMPLES:,} of patients, seed {SEED}; synthetic labels and scores"
    )
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scikit-learn", "torch", "torchmetrics"))
    report(
        f"  Python {platform.python_version()}, {packages}; {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} before the start"
    )
    before = _peak_memory()
    ours = [
        _timed(lambda: evaluate_predictions(labels, scores, patients, validation, RESAMPLES, SEED))
        for _ in range(REPEATS)
    ]
    median = sorted(ours)[REPEATS // 2]
    report(f"  this project, everything: {', '.join(map(str, ours))}; median {median}")
    report(f"    peak memory of the process grows by {_peak_memory() - before:.0f} MB")
    thresholds = youden_thresholds(*validation)
    for name, compute in (("scikit-learn", _scikit_learn), ("torchmetrics", _torchmetrics)):
        subset, difference = _one_at_a_time(compute, labels, scores, thresholds)
        scale = 2 * RESAMPLES / SUBSET
        report(
            f"  {name}, one resample at a time: {subset} for the first {SUBSET} resamples of images "
            f"(largest difference from this project's values on them: {difference:.1e})"
        )
        report(
            f"    scaled to 2 × {RESAMPLES:,}, not run: {subset.wall * scale / 60:.0f} minutes; this project is "
            f"{subset.wall * scale / median.wall:,.0f} × as fast, "
            f"{subset.processor * scale / median.processor:,.0f} × by processor time"
        )


class _Seconds(NamedTuple):
    """Wall-clock seconds, and seconds of processor time, which other work on the machine disturbs less."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.processor:.2f} s of processor time)"


def _timed(work: Callable[[], object]) -> _Seconds:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return _Seconds(time.perf_counter() - wall, time.process_time() - processor)


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KiB


def _data(n: int, seed: int) -> tuple[Array, Array]:
    """Labels of prevalences from 3 to 50 %, and scores that tell them apart by one standard deviation and a half."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((n, len(FINDINGS))) < np.linspace(0.03, 0.5, len(FINDINGS))).astype(float)
    return labels, 1 / (1 + np.exp(-rng.normal(1.5 * labels)))


def _one_at_a_time(
    compute: Callable[[Array, Array, float], list[float]], labels: Array, scores: Array, thresholds: Array
) -> tuple[_Seconds, float]:
    """The time of a subset of resamples, and the largest difference from our own values on the same resamples."""
    counts = next(resample_counts(range(IMAGES), SUBSET, SEED))
    drawn = [np.repeat(np.arange(IMAGES), row) for row in counts.astype(int)]
    theirs = np.empty((SUBSET, len(METRICS), len(FINDINGS)))

    def work() -> None:
        for number, rows in enumerate(drawn):
            for k in range(len(FINDINGS)):
                theirs[number, :, k] = compute(labels[rows, k], scores[rows, k], thresholds[k])

    seconds = _timed(work)
    return seconds, float(np.abs(theirs - metric_values(labels, scores, thresholds, counts)).max())


def _scikit_learn(labels: Array, scores: Array, threshold: float) -> list[float]:
    called = scores >= threshold
    precision, recall, f1, _ = precision_recall_fscore_support(labels, called, labels=[0, 1])
    return [
        roc_auc_score(labels, scores), accuracy_score(labels, called), recall[1], recall[0], precision[1], f1[1]
    ]  # fmt: skip


def _torchmetrics(labels: Array, scores: Array, threshold: float) -> list[float]:
    truth, called = torch.from_numpy(labels).long(), torch.from_numpy((scores >= threshold).astype(np.int64))
    metrics = (
        torchmetrics.binary_accuracy,
        torchmetrics.binary_recall,
        torchmetrics.binary_specificity,
        torchmetrics.binary_precision,
        torchmetrics.binary_f1_score,
    )
    auroc = torchmetrics.binary_auroc(torch.from_numpy(scores), truth)
    return [float(auroc), *(float(metric(called, truth)) for metric in metrics)]


if __name__ == "__main__":
    run(lambda line: sys.stdout.write(line + "\n"))
