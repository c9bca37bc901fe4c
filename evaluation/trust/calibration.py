"""Does a probability of 0.8 come true eight times in ten? Temperature scaling, ECE, Brier score, reliability curve.

Pure functions over one finding: labels (n,) of 1, 0 or NaN (unknown, left out) beside logits or probabilities (n,).
A probability is that of the finding being present, and is compared with how often the finding is present.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss

from models.classification.bootstrap import resample_counts
from models.classification.metrics import Floats, check_labels_and_scores
from models.classification.reasons import missing_class

BINS = 15
NAN = float("nan")


@dataclass(frozen=True)
class Temperature:
    """The temperature of one finding.

    Attributes:
        value: what logits are divided by; NaN where there is none.
        n, n_positive: images with a known label, and those with the finding.
        nll_before, nll_after: mean negative log-likelihood (nats an image) at temperature 1 and at `value`; NaN
            without an image, `nll_after` also without a temperature.
        reason: why there is no temperature; "" when there is one.
    """

    value: float
    n: int
    n_positive: int
    nll_before: float
    nll_after: float
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Reliability:
    """A reliability curve: arrays with one entry a bin, NaN where a bin is empty.

    Attributes:
        edges: (bins + 1,) from 0 to 1.
        counts: (bins,) images in each bin; their sum is the number of images with a known label.
        predicted: mean probability.
        observed: share of images with the finding.
        low, high: 95 % Wilson score interval of `observed` (Wilson, JASA 1927), which treats images as independent.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def fit_temperature(labels: Floats, logits: Floats) -> Temperature:
    """Find the temperature T > 0 with the least negative log-likelihood of σ(logit / T) (Guo et al., ICML 2017).

    In β = 1 / T the likelihood is convex, so T is where its derivative Σ z (σ(βz) − y) is zero: found by Brent's
    method to a relative 1e-12, with nothing to tune. Departure: Guo et al. use one temperature for all classes of a
    softmax; here every finding is a sigmoid of its own and has its own.

    Args:
        labels: (n,) 1, 0 or NaN.
        logits: (n,) finite.

    Returns:
        NaN with a reason when only one class is there; when every image lies on its right side of 0 (then ever colder
        is ever better); when the logits do not support the finding at all (then ever hotter is ever better).

    Raises:
        ValueError: a label or a logit is not as said.
    """
    y, z = _known(labels, logits)
    n, positive = len(y), int(y.sum())
    before = negative_log_likelihood(y, z)
    reason = missing_class(labels) or _without_minimum(y, z)
    if reason:
        return Temperature(NAN, n, positive, before, NAN, reason)
    scale = np.abs(z).max()  # of the order of 1 afterwards, so that the bracket below fits any unit
    upper = 1.0
    while _slope(upper, y, z / scale) < 0:
        upper *= 2
    temperature = float(scale / brentq(_slope, 0.0, upper, args=(y, z / scale), xtol=1e-15, rtol=1e-12))
    return Temperature(temperature, n, positive, before, negative_log_likelihood(y, z / temperature))


def negative_log_likelihood(labels: Floats, logits: Floats) -> float:
    """Mean of −log σ(z) over images with the finding and of −log σ(−z) over those without; NaN without an image."""
    y, z = _known(labels, logits)
    return float(np.logaddexp(0, np.where(y == 1, -z, z)).mean()) if len(y) else NAN


def brier_score(labels: Floats, probabilities: Floats) -> float:
    """Mean squared difference of probability and label (Brier 1950), by scikit-learn; NaN without an image.

    One class is enough: the score is defined and says how sure the model was of it.
    """
    y, p = _known(labels, probabilities)
    return float(brier_score_loss(y, p, labels=[0, 1])) if len(y) else NAN


def expected_calibration_error(labels: Floats, probabilities: Floats, bins: int = BINS) -> float:
    """Expected calibration error: Σ over bins of n_b / n × |mean probability − share with the finding|.

    Bins are equally wide and closed on the left, [0, 1/15), … [14/15, 1]. This is ECE of the positive class's
    probability (as torchmetrics' BinaryCalibrationError with norm "l1"), not of the confidence in the winning class
    (Guo et al., ICML 2017): an 0.1 that comes true once in ten is calibrated, and it is what the page shows. With few
    images it is biased upwards: a perfectly calibrated model has an ECE above 0.

    Args:
        labels: (n,) 1, 0 or NaN.
        probabilities: (n,) in [0, 1].
        bins: how many.

    Returns:
        In [0, 1]; NaN without an image. One class alone is enough.
    """
    y, p = _known(labels, probabilities)
    return float(_weighted_ece(y, p, np.ones((1, len(y)), np.float32), bins)[0]) if len(y) else NAN


def resampled_ece(
    labels: Floats, probabilities: Floats, groups: Sequence[str], resamples: int, seed: int, bins: int = BINS
) -> NDArray[np.float64]:
    """ECE in each bootstrap resample of groups (patients): float64 (resamples,); NaN where no image is drawn.

    Resampling adds to the upward bias, so the interval may lie above the value: read its width.
    """
    y, p = _known(labels, probabilities)
    known = ~np.isnan(labels)
    if not len(y):
        return np.full(resamples, NAN)
    chunks = [_weighted_ece(y, p, counts[:, known], bins) for counts in resample_counts(list(groups), resamples, seed)]
    return np.concatenate(chunks) if chunks else np.empty(0)


def reliability_curve(labels: Floats, probabilities: Floats, bins: int = BINS) -> Reliability:
    """The reliability curve over the bins of `expected_calibration_error`, with counts and Wilson intervals."""
    y, p = _known(labels, probabilities)
    which = _bin_of(p, bins)
    counts = np.bincount(which, minlength=bins)
    positive = np.bincount(which, y, bins)
    wilson = [_wilson(int(k), int(n)) for k, n in zip(positive, counts, strict=True)]
    with np.errstate(invalid="ignore"):
        predicted, observed = np.bincount(which, p, bins) / counts, positive / counts
    low, high = np.array(wilson).T
    return Reliability(np.linspace(0, 1, bins + 1), counts.astype(np.int64), predicted, observed, low, high)


def calibrated(logits: Floats, temperatures: Floats) -> NDArray[np.float64]:
    """σ(logit / T): logits (..., F), temperatures (F,) → float64 (..., F).

    The order of the images does not change, so AUROC does not either. NaN where a finding has no temperature.
    """
    return expit(np.asarray(logits, np.float64) / np.asarray(temperatures, np.float64))


def _known(labels: Floats, scores: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    y, z = np.asarray(labels, np.float64), np.asarray(scores, np.float64)
    if y.ndim != 1 or y.shape != z.shape:
        raise ValueError(f"Expected labels and scores (n,), found {y.shape} and {z.shape}.")
    check_labels_and_scores(y, z)
    known = ~np.isnan(y)
    return y[known], z[known]


def _slope(beta: float, y: NDArray[np.float64], z: NDArray[np.float64]) -> float:
    """Derivative of the summed negative log-likelihood by β; it never falls."""
    return float((z * (expit(beta * z) - y)).sum())


def _without_minimum(y: NDArray[np.float64], z: NDArray[np.float64]) -> str:
    """Why the likelihood has no minimum at a finite T > 0; "" if it has one."""
    if _slope(0.0, y, z) >= 0:
        return "the logits do not support the finding, so no temperature is the best"
    if not np.any((z > 0) & (y == 0)) and not np.any((z < 0) & (y == 1)):
        return "the logits separate the images perfectly at 0, so no temperature is the best"
    return ""


def _bin_of(probabilities: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    if np.any((probabilities < 0) | (probabilities > 1)):
        raise ValueError("Expected probabilities in [0, 1], found one outside.")
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    return np.searchsorted(inner, probabilities, side="right")


def _weighted_ece(
    y: NDArray[np.float64], p: NDArray[np.float64], counts: NDArray[np.float32], bins: int
) -> NDArray[np.float64]:
    """ECE under every weighting: counts (b, n) → (b,). |Σ p − Σ y| of a bin is n_b times the difference of means."""
    member = _bin_of(p, bins)[:, None] == np.arange(bins)
    gaps = np.abs(counts.astype(np.float64) @ (member * (p - y)[:, None])).sum(axis=1)
    total = counts.sum(axis=1, dtype=np.float64)
    return np.divide(gaps, total, out=np.full(len(total), NAN), where=total > 0)


def _wilson(successes: int, n: int) -> tuple[float, float]:
    if n == 0:
        return NAN, NAN
    found = binomtest(successes, n).proportion_ci(method="wilson")
    return float(found.low), float(found.high)
