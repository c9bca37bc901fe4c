"""Entries of the checks that ask about probabilities and images rather than maps.

What they compare with comes from the profiles of the models, `settings["profiles"]` as `profile_settings` makes it;
what needs one and has none is undefined and says so. Tables with intervals are made by `probability_tables`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from data_cache.findings import FINDINGS
from evaluation.trust.augmentation import Views, augmentation_spread
from evaluation.trust.base import NAN, Better, Check, Cohort, Measured, Metric, Subject, Values
from evaluation.trust.calibration import brier_score, calibrated, expected_calibration_error
from evaluation.trust.profile import Profile
from evaluation.trust.quality import MEASURES, quality
from evaluation.trust.selective import risk_coverage, select
from evaluation.trust.sensitivity import SPECIFICITY, sensitivity_at_specificity
from models.classification.predictions import label_row
from models.classification.reasons import NOT_PREDICTED, missing_class

NO_PROFILE = "no profile beside the weights"
_ANSWERED_FROM = 0.9


def profile_settings(profiles: Mapping[str, Profile | None]) -> dict[str, Any]:
    """What the checks need of the models' profiles, by key, as JSON values for the settings of subjects and cohorts."""
    found = {key: profile.model_dump(mode="json") for key, profile in profiles.items() if profile is not None}
    return {"profiles": found}


def _profile(settings: Mapping[str, Any], key: str) -> Profile | None:
    stored = settings.get("profiles", {}).get(key)
    return None if stored is None else Profile.model_validate(stored)


def _number(metric: str, value: float, finding: str, reason: str, setting: str = "") -> Measured:
    return Measured(metric, float(value), setting, reason if np.isnan(value) else "", finding)


def _columns(cohort: Cohort) -> Iterator[tuple[str, Values, Values]]:
    """(finding, labels, logits) of a cohort, float64."""
    labels = np.array([label_row(case) for case in cohort.cases])
    for i, finding in enumerate(FINDINGS):
        yield finding, labels[:, i], cohort.logits[:, i].astype(np.float64)


def _calibration(cohort: Cohort) -> Sequence[Measured]:
    profile = _profile(cohort.settings, cohort.key)
    found = []
    for i, (finding, labels, logits) in enumerate(_columns(cohort)):
        entry = None if profile is None else profile.findings[i]
        temperature, reason = (NAN, NO_PROFILE) if entry is None else (entry.temperature, entry.temperature_reason)
        for when, scale in (("before", 1.0), ("after", temperature)):
            why = _why_nothing(labels, logits) or reason
            known = not np.isnan(scale) and not np.isnan(logits).all()
            p = calibrated(logits, np.array(scale)) if known else np.zeros_like(logits)
            for metric, function in (("ece", expected_calibration_error), ("brier", brier_score)):
                value = function(labels, p) if known else NAN
                found.append(_number(f"{metric}_{when}", value, finding, why))
    return found


def _why_nothing(labels: Values, logits: Values) -> str:
    """Why nothing can be said about a finding; empty where something can."""
    if np.isnan(logits).all():
        return NOT_PREDICTED
    return missing_class(labels) if np.isnan(labels).all() else ""


def _selective(cohort: Cohort) -> Sequence[Measured]:
    profile = _profile(cohort.settings, cohort.key)
    temperatures = np.full(len(FINDINGS), NAN) if profile is None else profile.temperatures
    found = []
    for (finding, labels, logits), temperature in zip(_columns(cohort), temperatures, strict=True):
        if np.isnan(logits).all():
            names = ("area", "error_rate", "coverage", "risk")
            found += [_number(metric, NAN, finding, NOT_PREDICTED) for metric in names]
            continue
        p = calibrated(logits, np.array(1.0 if np.isnan(temperature) else temperature))
        why, setting = missing_class(labels), "uncalibrated" if np.isnan(temperature) else "calibrated"
        curve, chosen = risk_coverage(labels, p), select(labels, p, [_ANSWERED_FROM])
        found += [
            _number("area", curve.area, finding, why, setting),
            _number("error_rate", curve.by_chance, finding, why, setting),
            _number("coverage", chosen.coverage[0], finding, why, setting),
            _number("risk", chosen.risk[0], finding, why or "no image is answered", setting),
        ]
    return found


def _sensitivity(cohort: Cohort) -> Sequence[Measured]:
    patients = [case.patient for case in cohort.cases]
    found = []
    for finding, labels, logits in _columns(cohort):
        point = sensitivity_at_specificity(labels, logits, patients, seed=int(cohort.settings.get("seed", 0)))
        why = point.reason or "no resample has both classes"
        found += [
            _number("sensitivity", point.sensitivity, finding, why),
            _number("low", point.interval.low, finding, why),
            _number("high", point.interval.high, finding, why),
            _number("specificity", point.specificity, finding, why),
        ]
    return found


def _augmentation(subject: Subject) -> Sequence[Measured]:
    found, index = [], FINDINGS.index(subject.finding)
    views = Views(seed=int(subject.settings.get("seed", 0)))
    for key, run in subject.runs.items():
        known = ("views", key, views)
        if known not in subject.shared:
            subject.shared[known] = augmentation_spread(run.model, run.image, views)
        spread = subject.shared[known]
        found += [
            _number("deviation", spread.deviation[index], "", NOT_PREDICTED, key),
            _number("lowest", spread.views[:, index].min(), "", NOT_PREDICTED, key),
            _number("highest", spread.views[:, index].max(), "", NOT_PREDICTED, key),
        ]
    return found


def _quality(subject: Subject) -> Sequence[Measured]:
    """One row a measure, by the training images that the first profile with any speaks of."""
    loaded = [_profile(subject.settings, key) for key in subject.runs]
    references = [profile.quality for profile in loaded if profile is not None and profile.quality is not None]
    if not references:
        return [_number(metric, NAN, "", NO_PROFILE) for metric in _QUALITY]
    found = quality(subject.case.read(), references[0])
    values = {"flags": float(len(found.flags)), **found.values}
    return [_number(metric, values[metric], "", "") for metric in _QUALITY]


def _metric(label: str, words: str, better: Better = "low") -> Metric:
    return Metric(label, words, better)


_QUALITY: Mapping[str, Metric] = {
    "flags": _metric("Warnings", "How many warnings the image raises."),
    **{name: _metric(name.capitalize(), f"{measure.words}.", "neither") for name, measure in MEASURES.items()},
}

PREDICTION_CHECKS: tuple[Check, ...] = (
    Check(
        key="calibration",
        label="Calibration",
        words="Whether a probability of 0.8 comes true eight times in ten. Before and after dividing the logits by the "
        "temperature that the validation images gave.",
        definition="ECE = Σ n_b/n · |mean p − share with the finding| over 15 equal bins of p; Brier = mean (p − y)².",
        paper="Guo et al., On calibration of modern neural networks, ICML 2017; Brier, 1950",
        cost="one forward pass an image",
        unit="cohort",
        metrics={
            f"{metric}_{when}": _metric(f"{label}, {when}", f"{words} {when} calibration.")
            for metric, label, words in (
                ("ece", "ECE", "Expected calibration error"),
                ("brier", "Brier score", "Mean squared error of the probability"),
            )
            for when in ("after", "before")
        },
        measure_cohort=_calibration,
    ),
    Check(
        key="selective",
        label="Selective prediction",
        words="What is gained when the model gives no answer where it is unsure. Sure means that the more probable "
        f"answer has a probability of at least {_ANSWERED_FROM}.",
        definition="answer where max(p, 1 − p) ≥ τ; risk = wrong answers / answers; area = mean risk over coverages.",
        paper="El-Yaniv and Wiener, JMLR 2010; Geifman et al., ICLR 2019",
        cost="one forward pass an image",
        unit="cohort",
        metrics={
            "area": _metric("AURC", "Mean risk over all coverages."),
            "error_rate": _metric("Error rate", "Share of wrong answers when all are given."),
            "coverage": _metric("Coverage", f"Share of images answered at τ = {_ANSWERED_FROM}.", "high"),
            "risk": _metric("Risk", f"Share of wrong answers at τ = {_ANSWERED_FROM}."),
        },
        measure_cohort=_selective,
    ),
    Check(
        key="sensitivity",
        label=f"Sensitivity at a specificity of {SPECIFICITY:.2f}",
        words="How many of those with the finding are found when one in ten without it may be called by mistake. With "
        "a 95 % interval from resampled patients.",
        definition="max TPR over thresholds with 1 − FPR ≥ 0.90, without interpolation.",
        paper="scikit-learn's roc_curve; percentile bootstrap over patients",
        cost="one forward pass an image",
        unit="cohort",
        metrics={
            "sensitivity": _metric("Sensitivity", "Share of those with the finding that are called.", "high"),
            "low": _metric("Lower end", "Of the 95 % interval.", "high"),
            "high": _metric("Upper end", "Of the 95 % interval.", "high"),
            "specificity": _metric("Specificity", "What it really is at that threshold.", "high"),
        },
        measure_cohort=_sensitivity,
    ),
    Check(
        key="augmentation",
        label="Spread under small changes",
        words="How far the probability moves when the image is slightly shifted, brighter or of other contrast. "
        "Nothing about the patient changes, so a wide spread is uncertainty of the model.",
        definition="standard deviation of p over 16 views: shift ≤ 3 %, contrast ± 10 %, brightness ± 0.05, no flip.",
        paper="Wang et al., Neurocomputing 2019",
        cost="17 forward passes a model",
        unit="image",
        metrics={
            "deviation": _metric("Deviation", "Standard deviation of the probability over the views."),
            "lowest": _metric("Lowest", "Lowest probability of a view.", "neither"),
            "highest": _metric("Highest", "Highest probability of a view.", "neither"),
        },
        measure=_augmentation,
    ),
    Check(
        key="quality",
        label="Image quality",
        words="Whether the image looks like those the model was trained on. Blurred, badly exposed, turned, inverted "
        "or cut films, and pictures of something else, are named.",
        definition="each measure against the 0.1th and 99.9th percentile of the training images.",
        paper="variance of the Laplacian: Pech-Pacheco et al., ICPR 2000; the others are described in `quality`",
        cost="no forward pass",
        unit="image",
        metrics=_QUALITY,
        measure=_quality,
        per_finding=False,
    ),
)
