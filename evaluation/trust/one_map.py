"""Do several ways to ask which part of the image matters give one map? See `evaluation.one_map`."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from evaluation.one_map.comparing import GATES, RAW, Comparison, Effort, Way, compare
from evaluation.one_map.covering import cells_across
from evaluation.trust.base import NAN, Check, Measured, Metric, Subject, Values, Verdict
from explainers.model_run import ModelRun
from models.classification.reasons import NOT_PREDICTED

TOLERANCE = 1e-5  # logits
TOO_MANY = "too many patches"
_CONSTANT = "constant map"
_ONE_DRAW = "one pair of orders"
_BY_MODEL = ("difference", "lowest_rank", "highest_rank", "strongest", "passes")
_WITH_ERROR = ("shapley", GATES, "surrogate")


def _measure(subject: Subject) -> Sequence[Measured]:
    effort = Effort(seed=int(subject.settings.get("seed", 0)))
    found: list[Measured] = []
    for key, run in subject.runs.items():
        reason = _why_not(run, subject.finding)
        if reason:
            found += [Measured(metric, NAN, key, reason) for metric in _BY_MODEL]
        else:
            found += _numbers(compare(run, subject.finding, effort))
    return found


def _why_not(run: ModelRun, finding: str) -> str:
    if not run.info.architecture.predicted[FINDINGS.index(finding)]:
        return NOT_PREDICTED
    try:
        cells_across(run)
    except InputError:
        return TOO_MANY
    return ""


def _numbers(found: Comparison) -> Iterator[Measured]:
    low, high = found.ranks
    passes = float(sum(way.passes for way in found.ways))
    values = (found.difference, low, high, found.strongest, passes)
    for metric, value in zip(_BY_MODEL, values, strict=True):
        yield Measured(metric, value, found.model, _CONSTANT if np.isnan(value) else "")
    raw = next((way for way in found.ways if way.key == RAW), None)
    for way in found.ways:
        yield from _of_way(found, way, raw)


def _of_way(found: Comparison, way: Way, raw: Way | None) -> Iterator[Measured]:
    setting = f"{found.model}, {way.key}"
    yield Measured("unaccounted", abs(found.incompleteness(way)), setting)
    if way.key in _WITH_ERROR:
        yield Measured("error", way.error, setting, _ONE_DRAW if np.isnan(way.error) else "")
    if raw is not None and way is not raw:
        yield Measured("from_raw", float(np.abs(way.shares - raw.shares).max()), setting)


def _judge(numbers: Mapping[tuple[str, str], Values]) -> Verdict | None:
    """Judges models that have a raw map; there is nothing that the ways of the others must be."""
    worst: dict[str, float] = {}
    passed = True
    for (metric, setting), values in numbers.items():
        if metric == "from_raw" and len(values):
            worst[setting] = float(values.max())
            by_steps = setting.endswith(f", {GATES}")
            error = float(numbers["error", setting].max()) if by_steps else 0.0
            passed &= worst[setting] <= max(TOLERANCE, error)
    if not worst:
        return None
    where = max(worst, key=lambda setting: worst[setting])
    words = (
        f"Largest difference from the raw map's shares {worst[where]:.1e} logits ({where}); passes up to "
        f"{TOLERANCE:g}, or the integral's own error."
    )
    return Verdict(passed, words)


ENTRY = Check(
    key="one_map",
    label="Many methods, one map",
    words="Four ways to ask which part of the image the answer comes from: cover a part, uncover parts in random "
    "orders, fade all of them in, or fit a line to random selections. For a model that adds up its patches they "
    "must give the raw map; for other models they differ, and this says by how much.",
    definition="Cells covered by the image's mean grey. Occlusion, Shapley values by 2 pairs of opposite random "
    "orders, integrated gradients of the cells' gates in up to 128 steps, and the slopes of a line fitted to random "
    "coalitions, three a cell; for a patch model each is (z_i − z_filler)/n. Spearman's correlation and the largest "
    "difference of every two, in logits.",
    paper="Zeiler and Fergus, ECCV 2014; Castro et al., 2009; Sundararajan et al., ICML 2017; Ribeiro et al., KDD "
    "2016; Wienholt et al., MedicalPatchNet, Scientific Reports 2026",
    cost="about 780 passes a model with 8×8 cells",
    unit="image",
    metrics={
        "difference": Metric("largest difference", "Of any two ways, in logits.", "neither"),
        "lowest_rank": Metric("lowest rank correlation", "Of any two ways.", "neither"),
        "highest_rank": Metric("highest rank correlation", "Of any two ways.", "neither"),
        "strongest": Metric("largest share", "Of a cell, by any way, in logits.", "neither"),
        "passes": Metric("passes", "Forward and back counted apart.", "neither"),
        "unaccounted": Metric("unaccounted", "|sum of the shares − what the image gains on the filler|.", "low"),
        "error": Metric("own error", "Standard error of samples; change by the integral's last halving.", "low"),
        "from_raw": Metric("from the raw map", "Largest difference from the raw map's shares, in logits.", "low"),
    },
    measure=_measure,
    default=False,
    verdict=_judge,
)
