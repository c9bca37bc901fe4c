"""Entries of the checks that ask whether a map is faithful, stable and honest.

Each `measure` function asks the check's own function (see `asking`) and turns its result into numbers for tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from evaluation.trust.attended import AttendedSettings
from evaluation.trust.base import NAN, Check, Measured, Metric, Subject, Values, Verdict
from evaluation.trust.evaluate_check import (
    evaluate_attended,
    evaluate_exactness,
    evaluate_perturbation,
    evaluate_sanity,
    evaluate_shortcut,
    evaluate_stability,
    index_of,
)
from evaluation.trust.exactness import TOLERANCE
from evaluation.trust.localizing import localize
from evaluation.trust.perturbation import CurveSettings
from evaluation.trust.sanity import MOST_RANK, MOST_SSIM
from evaluation.trust.shortcut import BLANK, FLAGGED_FROM, MARGINS, NO_EVIDENCE, ShortcutSettings
from evaluation.trust.stability import DISTURBANCES
from explainers.entry import Entry
from models.capabilities import MODULE, PATCH_LOGITS
from models.classification.reasons import NOT_PREDICTED

Numbers = Mapping[tuple[str, str], Values]
S = TypeVar("S")
NOT_DRAWN = "no finding drawn"
_LOCALIZED = ("hit", "pointing", "iou", "area")
CONSTANT_AFTER = "constant map of a random network"


def _settings(type_: type[S], subject: Subject) -> S:
    """The settings of a check out of those of the run, by name."""
    names = {item.name for item in fields(type_)}  # type: ignore[arg-type]
    return type_(**{name: value for name, value in subject.settings.items() if name in names})


def _number(metric: str, value: float, reason: str, setting: str = "", **more: Any) -> Measured:
    return Measured(metric, float(value), setting, reason if np.isnan(value) else "", **more)


def _perturbation(subject: Subject) -> Sequence[Measured]:
    settings = _settings(CurveSettings, subject)
    found = evaluate_perturbation(subject.run, subject.explained, index_of(subject.finding), settings, subject.shared)
    curves = {curve.direction: curve for curve in (found.deletion, found.insertion)}
    areas = [
        _number(name, curve.area, found.reason, curve=tuple(curve.probabilities.tolist()))
        for name, curve in curves.items()
    ]
    return [*areas, _number("gain", found.insertion.area - found.deletion.area, found.reason)]


def _attended(subject: Subject) -> Sequence[Measured]:
    settings = _settings(AttendedSettings, subject)
    found = evaluate_attended(subject.run, subject.explained, index_of(subject.finding), settings)
    usual = float(found.random_drops.mean()) if len(found.random_drops) else float("nan")
    return [
        _number("difference", found.difference, found.reason),
        _number("drop", found.drop, found.reason),
        _number("random_drop", usual, found.reason),
    ]


def _exactness(subject: Subject) -> Sequence[Measured]:
    seed = int(subject.settings.get("seed", 0))
    found = evaluate_exactness(subject.run, subject.explained, index_of(subject.finding), seed=seed)
    return [
        _number("sum_error", found.sum_error, found.reason),
        _number("removal_error", found.removal_error, found.reason),
    ]


def _stability(subject: Subject) -> Sequence[Measured]:
    found = evaluate_stability(
        subject.run,
        subject.explained,
        index_of(subject.finding),
        seed=int(subject.settings.get("seed", 0)),
        shared=subject.shared,
    )
    return [_number("stability", one.score, one.reason, one.disturbance.label) for one in found]


def _sanity(subject: Subject) -> Sequence[Measured]:
    finding = index_of(subject.finding)
    found = evaluate_sanity(subject.run, subject.explained, finding, subject.cascade(), subject.shared)
    rows = []
    for stage, rank, ssim in zip(found.stages, found.rank, found.ssim, strict=True):
        reason = found.reason or CONSTANT_AFTER
        rows += [_number("rank", rank, reason, stage), _number("ssim", ssim, reason, stage)]
    return rows


def _shortcut(subject: Subject) -> Sequence[Measured]:
    settings = _settings(ShortcutSettings, subject)
    found = evaluate_shortcut(subject.run, subject.explained, index_of(subject.finding), settings, subject.shared)
    rows = []
    for margin, of_map in zip(found.margins, found.maps, strict=True):
        name = margin.margin
        rows += [
            Measured("excess", margin.excess, name),
            Measured("change", margin.change, name),
            Measured("control_change", float(np.abs(margin.control_changes).mean()), name),
            Measured("logit_change", margin.logit_change, name),
            Measured("flagged", float(margin.flagged), name),
            _number("evidence_ratio", of_map.ratio, NO_EVIDENCE, name),
            _number("map_kept", of_map.kept, BLANK, name),
        ]
    return rows


def _localization(subject: Subject) -> Sequence[Measured]:
    explanation, thresholds = subject.explained, subject.settings.get("thresholds", {})
    predicted = subject.run.info.architecture.predicted
    rows = []
    for finding in subject.case.drawn:
        if not predicted[index_of(finding)]:
            rows += [Measured(metric, NAN, reason=NOT_PREDICTED, finding=finding) for metric in _LOCALIZED]
            continue
        threshold = thresholds.get((explanation.name, finding))
        found = localize(explanation, finding, subject.case.masks[finding], threshold)
        rows += [_number(metric, getattr(found, metric), found.reason, finding=finding) for metric in _LOCALIZED[:-1]]
        rows.append(Measured("area", found.area, finding=finding))
    return rows or [Measured(metric, NAN, reason=NOT_DRAWN) for metric in _LOCALIZED]


def _judge_attended(numbers: Numbers) -> Verdict | None:
    values = numbers.get(("difference", ""), np.empty(0))
    if not len(values):
        return None
    mean, error = float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5) if len(values) > 1 else 0.0
    words = f"Mean difference {mean:.3f}, standard error {error:.3f}; passes where it is above 0 by two of them."
    return Verdict(mean > 2 * error and mean > 0, words)


def _judge_exactness(numbers: Numbers) -> Verdict | None:
    largest = [float(values.max()) for values in numbers.values() if len(values)]
    if not largest:
        return None
    words = f"Largest error {max(largest):.1e} logits; passes up to {TOLERANCE:g}."
    return Verdict(max(largest) <= TOLERANCE, words)


def _judge_stability(numbers: Numbers) -> Verdict | None:
    weakest = {one.kind: one.label for one in reversed(DISTURBANCES)}
    medians = {
        kind: float(np.median(numbers["stability", label]))
        for kind, label in weakest.items()
        if len(numbers.get(("stability", label), ()))
    }
    if not medians:
        return None
    worst = min(medians, key=lambda kind: medians[kind])
    words = f"Lowest median at the weakest disturbance of a kind: {medians[worst]:.2f} ({worst}); passes from 0.5."
    return Verdict(medians[worst] >= 0.5, words)


def _judge_sanity(numbers: Numbers) -> Verdict | None:
    stages = [stage for metric, stage in numbers if metric == "rank" and len(numbers[metric, stage])]
    if not stages:
        return None
    rank, ssim = (float(np.mean(numbers[metric, stages[-1]])) for metric in ("rank", "ssim"))
    words = (
        f"With all weights random, mean rank correlation {rank:.2f} and SSIM {ssim:.2f}; "
        f"passes below {MOST_RANK} (either sign) and {MOST_SSIM}."
    )
    return Verdict(abs(rank) < MOST_RANK and ssim < MOST_SSIM, words)


def _judge_shortcut(numbers: Numbers) -> Verdict | None:
    means = {name: float(numbers["excess", name].mean()) for name in MARGINS if len(numbers.get(("excess", name), ()))}
    if not means:
        return None
    worst = max(means, key=lambda name: means[name])
    words = f"Largest mean excess change {means[worst]:.3f} ({worst}); flagged from {FLAGGED_FROM}."
    return Verdict(means[worst] < FLAGGED_FROM, words)


def _adds_up(method: Entry) -> bool:
    return method.mean_is_logit


_PROBABILITY = "of the asked finding's probability"

EXPLANATION_CHECKS: tuple[Check, ...] = (
    Check(
        key="perturbation",
        label="Deletion and insertion",
        words="The most highlighted parts are blurred away step by step, or put back into a blurred image. If the map "
        "shows what the model used, the probability falls early in the first case and rises early in the second.",
        definition="Area (trapezoid rule) under the probability over the share of pixels replaced by a baseline in "
        "descending order of the map (deletion: low is good), and inserted into it (insertion: high is good).",
        paper="Petsiuk et al., RISE, BMVC 2018",
        cost="126 images a map; of a patch model and plain patch maps two passes of all patches",
        unit="method",
        metrics={
            "gain": Metric("insertion − deletion", "Area under insertion minus that under deletion.", "high"),
            "deletion": Metric("deletion", f"Mean {_PROBABILITY} while the map's top is removed.", "low"),
            "insertion": Metric("insertion", f"Mean {_PROBABILITY} while the map's top is put in.", "high"),
        },
        measure=_perturbation,
    ),
    Check(
        key="attended",
        label="Attended against random",
        words="The tenth of the image that the map highlights most is blurred, and then randomly placed areas of the "
        "same size and shape. If the map means something, the first costs the finding more probability.",
        definition="Drop in probability without the map's top 10 % minus the mean drop without 16 random regions of "
        "exactly the same area (the region turned, mirrored and moved).",
        paper="after Samek et al., IEEE TNNLS 2017",
        cost="18 images a map",
        unit="method",
        metrics={
            "difference": Metric("difference", "Drop without the attended region minus the mean random drop.", "high"),
            "drop": Metric("drop", "Fall in probability without the attended region.", "high"),
            "random_drop": Metric("random drop", "Mean fall in probability without a random region.", "neither"),
        },
        measure=_attended,
        verdict=_judge_attended,
    ),
    Check(
        key="exactness",
        label="Exactness of the patch map",
        words="The patch model adds up what each patch says, so its map can be checked like an invoice. The sum "
        "must be the model's answer, and taking patches away must change it exactly as the map says.",
        definition="|mean of the map − logit|, and the largest |mean over patches left − the model's logit for them "
        "alone| over 8 random removals; at most 1e-5.",
        paper="Wienholt et al., MedicalPatchNet, Scientific Reports 2026",
        cost="about 5 passes of all patches",
        unit="method",
        needs=PATCH_LOGITS,
        fits_method=_adds_up,
        metrics={
            "removal_error": Metric("removal error", "Largest error over removals, in logits.", "low"),
            "sum_error": Metric("sum error", "Error of the sum, in logits.", "low"),
        },
        measure=_exactness,
        verdict=_judge_exactness,
    ),
    Check(
        key="stability",
        label="Stability",
        words="The image is made a little paler, noisier, shifted, shrunk or partly covered, none of which changes the "
        "patient. A map that changes a lot says something about the picture rather than about the disease.",
        definition="S = 1 − ‖A − ΠA′‖₁ / (‖A‖₁ + ε) over the pixels that both images show, Π undoing shift and resize.",
        paper="after Alvarez-Melis and Jaakkola, 2018; Yeh et al., NeurIPS 2019",
        cost="15 images a model",
        unit="method",
        metrics={"stability": Metric("stability S", "1 unchanged, 0 changed by as much as the map itself.", "high")},
        measure=_stability,
        verdict=_judge_stability,
    ),
    Check(
        key="sanity",
        label="Sanity",
        words="The model's knowledge is erased layer by layer. A map that stays the same never depended on what the "
        "model had learned, however convincing it looks.",
        definition="Spearman's rank correlation and SSIM of the map with that of the network whose weights were made "
        f"random from the output down; fails from |rank| {MOST_RANK} or SSIM {MOST_SSIM} when all are random.",
        paper="Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018",
        cost="one pass a stage of layers (about 6 to 10) and model, with PyTorch",
        unit="method",
        needs=MODULE,
        metrics={
            "rank": Metric("rank correlation", "1 the same order, 0 unrelated, −1 reversed.", "neither"),
            "ssim": Metric("SSIM", "1 the same picture, 0 unrelated.", "low"),
        },
        measure=_sanity,
        verdict=_judge_sanity,
    ),
    Check(
        key="shortcut",
        label="Shortcut stress",
        words="Corners and borders, where markers and letters are, are covered, and then equal areas inside. If the "
        "margin matters more than the inside, the model may be reading the film instead of the patient.",
        definition="|change of probability| without the margin minus the mean |change| without equal interior areas; "
        f"flagged from {FLAGGED_FROM}. Evidence ratio: share of positive evidence in the margin over its area.",
        paper="after Zech et al., PLOS Medicine 2018; DeGrave et al., Nature Machine Intelligence 2021",
        cost="27 images a model and 2 passes a map",
        unit="method",
        metrics={
            "excess": Metric("excess change", "Change without the margin beyond that of interior controls.", "low"),
            "flagged": Metric("flagged", "Whether this case is flagged: 1 or 0.", "low"),
            "change": Metric("change", "Fall in probability without the margin.", "neither"),
            "control_change": Metric("control change", "Mean change without interior areas.", "neither"),
            "logit_change": Metric("logit change", "Fall in the logit without the margin.", "neither"),
            "evidence_ratio": Metric("evidence ratio", "1 where evidence is spread evenly over the image.", "low"),
            "map_kept": Metric("map kept", "S of the map outside the margin.", "high"),
        },
        measure=_shortcut,
        verdict=_judge_shortcut,
    ),
    Check(
        key="localization",
        label="Localization by size",
        words="Where radiologists drew the finding, the map is compared with the drawing, separately for small, medium "
        "and large findings. Coarse maps miss small findings, and an average hides that.",
        definition="Hit (the mask at the map's peak), pointing game (within 15 pixels), IoU at Otsu's or a tuned "
        "threshold, aligned, by thirds of the mask's area.",
        paper="Saporta et al., Nature Machine Intelligence 2022; Zhang et al., IJCV 2018",
        cost="no pass",
        unit="method",
        metrics={
            "hit": Metric("hit", "1 where the peak lies in the mask.", "high"),
            "pointing": Metric("pointing", "1 where the peak lies within 15 pixels of it.", "high"),
            "iou": Metric("IoU", "Overlap with the mask, 0 … 1.", "high"),
            "area": Metric("area", "Of the mask, as a share of the radiograph.", "neither"),
        },
        measure=_localization,
        per_finding=False,
    ),
)
