"""Shape of what radiologists drew: four features of each mask, and how scores go with them.

Source: Saporta et al., Nature Machine Intelligence 2022: number of instances, area, elongation and irrectangularity,
each scaled to [0, 1] over all masks; one linear regression a feature over all findings together, with Spearman's
correlation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.cases import CaseJob
from evaluation.pixels.mask_runs import MaskRuns

FEATURES = ("instances", "area", "elongation", "irrectangularity")
_LEAST = 4  # cases below which Fisher's interval of a correlation does not exist


@dataclass(frozen=True)
class Shape:
    """Features of one mask; elongation and irrectangularity are NaN for a mask one pixel wide.

    Attributes:
        finding, case: whose mask.
        instances: polygons the radiologist drew, or, where these are not known, connected outlines of the mask.
        area: share of the radiograph.
        elongation: long by short side of the smallest rectangle, of any direction, around the longest outline.
        irrectangularity: share of that rectangle outside the outline.
    """

    finding: str
    case: str
    instances: int
    area: float
    elongation: float
    irrectangularity: float


def shapes_of_case(job: CaseJob, drawn: Mapping[str, int]) -> list[Shape]:
    """Features of every mask of a case that is not empty.

    Args:
        job: the case.
        drawn: polygons drawn, by finding, where known.
    """
    found = []
    for finding in job.findings:
        mask = MaskRuns.of(job.masks[finding]) if job.masks and finding in job.masks else None
        if mask is not None and mask.area:
            found.append(_shape(finding, job.case_id, mask, drawn.get(finding)))
    return found


def _shape(finding: str, case_id: str, mask: MaskRuns, drawn: int | None) -> Shape:
    window = np.pad(mask.cut_out(mask.bounds()).astype(np.uint8), 1)
    outlines, _ = cv2.findContours(window, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    longest = max(outlines, key=len)
    _, sides, _ = cv2.minAreaRect(longest)
    short, long = min(sides), max(sides)
    pixels = mask.size[0] * mask.size[1]
    return Shape(
        finding,
        case_id,
        len(outlines) if drawn is None else drawn,
        mask.area / pixels,
        long / short if short else float("nan"),
        1 - cv2.contourArea(longest) / (long * short) if short else float("nan"),
    )


@dataclass(frozen=True)
class Regression:
    """A score against one feature, over all masks.

    Attributes:
        method, metric, feature: what against what.
        n: masks with both.
        slope, low, high, p: of the linear regression, with its 95 % interval and p-value.
        correlation, correlation_low, correlation_high, correlation_p: Spearman's, with Fisher's 95 % interval.
        p values are as they come, of masks that are taken as independent; times four is Bonferroni's correction for the
        four features, as published. regression.csv has Holm's over all its rows beside them.
    """

    method: str
    metric: str
    feature: str
    n: int
    slope: float
    low: float
    high: float
    p: float
    correlation: float
    correlation_low: float
    correlation_high: float
    correlation_p: float


def regress(
    method: str, metric: str, scores: Mapping[tuple[str, str], float], shapes: Sequence[Shape]
) -> list[Regression]:
    """Regress a method's scores, by (finding, case), on each feature.

    Fewer than four masks, or a feature or score that is the same everywhere, gives NaN.
    """
    y = np.array([scores.get((shape.finding, shape.case), np.nan) for shape in shapes])
    return [_regression(method, metric, feature, _feature(shapes, feature), y) for feature in FEATURES]


def _feature(shapes: Sequence[Shape], name: str) -> NDArray[np.float64]:
    """A feature of all masks, scaled to [0, 1]."""
    values = np.array([getattr(shape, name) for shape in shapes], np.float64)
    span = np.nanmax(values) - np.nanmin(values) if np.isfinite(values).any() else 0.0
    return (values - np.nanmin(values)) / span if span > 0 else values


def _regression(method: str, metric: str, feature: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> Regression:
    from scipy import stats  # slow to import, and not needed by the processes that score

    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) < _LEAST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Regression(method, metric, feature, len(x), *(float("nan"),) * 8)
    line = stats.linregress(x, y)
    reach = stats.t.ppf(0.975, len(x) - 2) * line.stderr
    correlation, correlation_p = stats.spearmanr(x, y)
    low, high = _fisher(correlation, len(x))
    return Regression(
        method,
        metric,
        feature,
        len(x),
        float(line.slope),
        float(line.slope - reach),
        float(line.slope + reach),
        float(line.pvalue),
        float(correlation),
        low,
        high,
        float(correlation_p),
    )


def _fisher(correlation: float, n: int) -> tuple[float, float]:
    """95 % interval of a correlation by Fisher's transformation, as in the reference code."""
    if abs(correlation) >= 1:
        return float(correlation), float(correlation)
    centre, reach = np.arctanh(correlation), 1.96 / np.sqrt(n - 3)
    return float(np.tanh(centre - reach)), float(np.tanh(centre + reach))
