"""What one trained network is worth: its probabilities on a split, and its maps on some of the cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from data_cache.case import Case
from data_cache.chexlocalize import CheXlocalize
from data_cache.images import preprocess
from evaluation.ablation.plan import Ablation
from evaluation.trust.base import NAN, probability
from evaluation.trust.calibration import expected_calibration_error
from evaluation.trust.run import NO_FINDING, Plan, Row, run_checks
from explainers.pairs import Pair
from explainers.registry import find_method
from models.capabilities import Logits, capabilities_of
from models.classification.predictions import label_row
from models.training.objective import aurocs

_BATCH = 64  # images in memory at once


class Metric(NamedTuple):
    """One column: the trust check and metric behind it (none for probabilities), its title, and which end is good."""

    key: str
    title: str
    check: str
    metric: str
    better: str


METRICS: tuple[Metric, ...] = (
    Metric("auroc", "AUROC", "", "", "high"),
    Metric("ece", "ECE", "", "", "low"),
    Metric("deletion", "deletion", "perturbation", "deletion", "low"),
    Metric("gain", "insertion − deletion", "perturbation", "gain", "high"),
    Metric("stability", "stability S", "stability", "stability", "high"),
    Metric("hit", "hit rate", "localization", "hit", "high"),
)


@dataclass(frozen=True)
class Number:
    """One number about one trained network.

    `method` is empty for its probabilities. `count` is of findings for probabilities, of values behind a mean for maps;
    `value` is NaN where there are none.
    """

    method: str
    metric: str
    value: float
    count: int


def score(model: Logits, root: Path, ablation: Ablation, out: Path) -> list[Number]:
    """Score a network on a cohort in CheXlocalize's layout.

    AUROC and ECE (15 bins, not calibrated) are means over the findings where they are defined, on all cases of the
    split. Deletion, insertion and stability are means over cases, of the finding that is present and most probable;
    stability over all disturbances. Hit rate is the share of drawn findings at whose mask the map peaks.

    Args:
        model: the network.
        root: of the cohort.
        ablation: what is asked.
        out: folder of the answers to single cases, from which an interrupted call goes on.

    Raises:
        InputError: the cohort is not there, or cannot be read.
    """
    cases = CheXlocalize(root).cases(ablation.split)
    found = _probabilities(model, cases)
    asked = [case for case in cases if set(case.positives) - {NO_FINDING}][: ablation.cases]
    capabilities = capabilities_of(model)
    methods = [key for key in ablation.methods if find_method(key).needs in capabilities]
    if methods:
        found += _maps(model, asked, methods, ablation, out)
    return found


def _probabilities(model: Logits, cases: Sequence[Case]) -> list[Number]:
    logits = np.concatenate(
        [
            model.logits(
                np.stack([preprocess(case.read(), model.input_size)[0] for case in cases[start : start + _BATCH]])
            )
            for start in range(0, len(cases), _BATCH)
        ]
    )
    labels = np.array([label_row(case) for case in cases])
    known = np.isfinite(logits).all(axis=0)  # findings that the model predicts
    given = labels[:, known], logits[:, known].astype(np.float64)
    areas = aurocs(*given)
    errors = [
        expected_calibration_error(truth, probability(said)) for truth, said in zip(*(a.T for a in given), strict=True)
    ]
    return [_mean("", "auroc", areas), _mean("", "ece", errors)]


def _maps(model: Logits, cases: Sequence[Case], methods: Sequence[str], ablation: Ablation, out: Path) -> list[Number]:
    key = model.info.key
    names = {Pair(method, key).name: method for method in methods}
    parameters = {name: find_method(method).parse(None) for name, method in names.items()}
    checks = tuple(dict.fromkeys(metric.check for metric in METRICS if metric.check))
    settings: Mapping[str, Any] = {"steps": ablation.steps, "seed": 0, "thresholds": {}}
    plan = Plan(out, checks, parameters, models={key: model}, settings=settings)
    rows, _ = run_checks(cases, plan, lambda _problem: None)
    return [
        _mean(method, metric.key, _values(rows, name, metric))
        for name, method in names.items()
        for metric in METRICS
        if metric.check
    ]


def _values(rows: Sequence[Row], name: str, metric: Metric) -> list[float]:
    return [
        row.measured.value
        for row in rows
        if (row.check, row.method, row.measured.metric) == (metric.check, name, metric.metric)
    ]


def _mean(method: str, metric: str, values: Sequence[float] | np.ndarray) -> Number:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return Number(method, metric, float(known.mean()) if len(known) else NAN, len(known))
