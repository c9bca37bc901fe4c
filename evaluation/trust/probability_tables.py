"""Calibration, selective prediction and sensitivity of a whole split, before and after calibration, as tables.

Intervals are 95 % percentile intervals of bootstrap resamples of patients, all images of a patient staying together.
The rows of one table share the resamples.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_cache.findings import FINDINGS
from data_cache.store import write_bytes
from evaluation.inference.intervals import interval, mean_over_findings, resampled_means
from evaluation.trust.calibration import calibrated, expected_calibration_error, reliability_curve, resampled_ece
from evaluation.trust.profile import Profile
from evaluation.trust.selective import abstains, risk_coverage, select, wrong
from evaluation.trust.sensitivity import SPECIFICITY, sensitivity_at_specificity
from models.classification.metrics import Floats
from models.classification.reasons import NOT_PREDICTED

MEAN = "Mean"
THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(11))
WHEN = ("before", "after")

Row = dict[str, str | int | float]
Tables = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, eq=False)
class Split:
    """Labels and logits of a split's images.

    Attributes:
        labels: (n, 14) 1, 0 or NaN.
        logits: (n, 14) finite; NaN in every image for findings that the model does not predict.
        patients: (n,) what is resampled.
        contrast: the factor by which the images' contrast was changed; 1 for the images as they are.
    """

    labels: Floats
    logits: Floats
    patients: Sequence[str]
    contrast: float = 1.0


@dataclass(frozen=True)
class Resampling:
    """How intervals are made: bootstrap resamples of patients, and the seed of the draws."""

    resamples: int = 1000
    seed: int = 0


def cohort_checks(splits: Sequence[Split], profile: Profile, resampling: Resampling | None = None) -> dict[str, list]:
    """Compute all tables.

    Args:
        splits: the images as they are (contrast 1) first; further ones with changed contrast only enter calibration.
        profile: whose temperatures calibrate; a finding without one has NaN and the reason in its rows "after".
        resampling: 1,000 resamples by default.

    Returns:
        Rows by the name of the table: "calibration", "reliability", "selective", "risk_coverage", "sensitivity".
        Undefined numbers are NaN, with a reason.
    """
    how = resampling or Resampling()
    plain = splits[0]
    return {
        "calibration": [row for split in splits for row in calibration_rows(split, profile, how)],
        "reliability": list(reliability_rows(plain, profile)),
        "selective": list(selective_rows(plain, profile, how)),
        "risk_coverage": list(risk_coverage_rows(plain, profile)),
        "sensitivity": list(sensitivity_rows(plain, how)),
    }


def write_tables(folder: Path, tables: Tables) -> None:
    """Write each table as NAME.csv, whole or not at all; undefined numbers are `nan`."""
    for name, rows in tables.items():
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_bytes(folder / f"{name}.csv", text.getvalue().encode())


def calibration_rows(split: Split, profile: Profile, how: Resampling) -> list[Row]:
    """ECE, Brier score and NLL of each finding before and after, then their means over the findings that have both."""
    rows: list[Row] = []
    both: dict[str, list[tuple[dict[str, float], dict[str, NDArray[np.float64]]]]] = {when: [] for when in WHEN}
    for finding, labels, when, probabilities, logits, reason in _columns(split, profile):
        values, replicates = _calibration(labels, probabilities, logits, split.patients, how)
        temperature = 1.0 if when == "before" else float(profile.temperatures[FINDINGS.index(finding)])
        rows.append(
            _head(finding, when, labels, split)
            | {"contrast": split.contrast, "temperature": temperature}
            | _with_intervals(values, replicates)
            | {"reason": reason}
        )
        if not np.isnan(profile.temperatures[FINDINGS.index(finding)]) and not math.isnan(values["ece"]):
            both[when].append((values, replicates))
    return rows + [_mean_row(when, entries, split) for when, entries in both.items()]


def reliability_rows(split: Split, profile: Profile) -> Iterator[Row]:
    """The reliability curve: one row for each finding, before or after, and bin; the interval is Wilson's."""
    for finding, labels, when, probabilities, _, reason in _columns(split, profile):
        if reason:
            continue
        curve = reliability_curve(labels, probabilities)
        for i, count in enumerate(curve.counts.tolist()):
            yield {
                "finding": finding,
                "when": when,
                "bin_from": float(curve.edges[i]),
                "bin_to": float(curve.edges[i + 1]),
                "n": count,
                "predicted": float(curve.predicted[i]),
                "observed": float(curve.observed[i]),
                "observed_low": float(curve.low[i]),
                "observed_high": float(curve.high[i]),
            }


def selective_rows(split: Split, profile: Profile, how: Resampling) -> Iterator[Row]:
    """Coverage and risk of each finding at τ = 0.5, 0.55 … 1, before and after."""
    for finding, labels, when, p, _, reason in _columns(split, profile):
        if reason:
            continue
        chosen = select(labels, p, THRESHOLDS)
        known = ~np.isnan(labels)
        answered = np.stack([~abstains(p, tau) & known for tau in THRESHOLDS], axis=1)
        errors = np.where(answered, wrong(labels, p)[:, None], np.nan)
        shares = np.where(known[:, None], answered, np.nan)
        replicates = resampled_means(np.concatenate([shares, errors], axis=1), split.patients, how.resamples, how.seed)
        for i, tau in enumerate(THRESHOLDS):
            values = {"coverage": float(chosen.coverage[i]), "risk": float(chosen.risk[i])}
            drawn = {"coverage": replicates[:, i], "risk": replicates[:, len(THRESHOLDS) + i]}
            yield (
                _head(finding, when, labels, split)
                | {"threshold": tau}
                | _with_intervals(values, drawn)
                | {
                    "answered": int(chosen.answered[i]),
                    "missed": int(chosen.missed[i]),
                    "false_alarms": int(chosen.false_alarms[i]),
                    "reason": "" if chosen.answered[i] else "no image is answered",
                }
            )


def risk_coverage_rows(split: Split, profile: Profile) -> Iterator[Row]:
    """The area under the risk-coverage curve of each finding, before and after, beside abstaining at random."""
    for finding, labels, when, probabilities, _, reason in _columns(split, profile):
        head = _head(finding, when, labels, split)
        if reason:
            yield head | {"area": math.nan, "by_chance": math.nan, "reason": reason}
            continue
        curve = risk_coverage(labels, probabilities)
        yield head | {"area": curve.area, "by_chance": curve.by_chance, "reason": ""}


def sensitivity_rows(split: Split, how: Resampling) -> Iterator[Row]:
    """Sensitivity at a specificity of 0.90 of each finding; calibration does not change it."""
    for i, finding in enumerate(FINDINGS):
        point = sensitivity_at_specificity(
            split.labels[:, i], split.logits[:, i], split.patients, SPECIFICITY, how.resamples, how.seed
        )
        yield {
            "finding": finding,
            "n_positive": point.n_positive,
            "n_negative": point.n_negative,
            "asked_specificity": SPECIFICITY,
            "specificity": point.specificity,
            "sensitivity": point.sensitivity,
            "sensitivity_low": point.interval.low,
            "sensitivity_high": point.interval.high,
            "undefined_resamples": point.interval.undefined,
            "threshold_logit": point.threshold,
            "reason": point.reason,
        }


def _columns(
    split: Split, profile: Profile
) -> Iterator[tuple[str, Floats, str, NDArray[np.float64], NDArray[np.float64], str]]:
    """(finding, labels, when, probabilities, scaled logits, why undefined) for each finding, before and after."""
    for i, entry in enumerate(profile.findings):
        labels, logits = split.labels[:, i], split.logits[:, i].astype(np.float64)
        for when, temperature in zip(WHEN, (1.0, entry.temperature), strict=True):
            reason = entry.temperature_reason if when == "after" else ""
            if not np.any(~np.isnan(labels)):
                reason = "no image with a known label"
            if np.isnan(logits).all():
                reason = NOT_PREDICTED
            scaled = logits if reason else logits / temperature
            p = np.full(len(logits), np.nan) if reason else calibrated(scaled, np.ones(1))
            yield entry.finding, labels, when, p, scaled, reason


def _calibration(
    labels: Floats, p: NDArray[np.float64], logits: NDArray[np.float64], patients: Sequence[str], how: Resampling
) -> tuple[dict[str, float], dict[str, NDArray[np.float64]]]:
    """ECE, Brier score and NLL, and their replicates; all NaN where the probabilities are."""
    if np.isnan(p).any():
        nothing = np.full(how.resamples, np.nan)
        return dict.fromkeys(("ece", "brier", "nll"), math.nan), dict.fromkeys(("ece", "brier", "nll"), nothing)
    surprise = np.logaddexp(0, np.where(labels == 1, -logits, logits))
    losses = np.stack([(p - labels) ** 2, np.where(np.isnan(labels), np.nan, surprise)], axis=1)
    means = np.nanmean(losses, axis=0)
    drawn = resampled_means(losses, patients, how.resamples, how.seed)
    ece = resampled_ece(labels, p, patients, how.resamples, how.seed)
    values = {"ece": expected_calibration_error(labels, p), "brier": float(means[0]), "nll": float(means[1])}
    return values, {"ece": ece, "brier": drawn[:, 0], "nll": drawn[:, 1]}


def _mean_row(
    when: str, entries: Sequence[tuple[dict[str, float], dict[str, NDArray[np.float64]]]], split: Split
) -> Row:
    names = ("ece", "brier", "nll")
    values, replicates = {}, {}
    for name in names:
        values[name] = float(np.mean([value[name] for value, _ in entries])) if entries else math.nan
        stacked = np.stack([drawn[name] for _, drawn in entries], axis=1) if entries else np.empty((0, 1))
        replicates[name] = mean_over_findings(stacked)
    head: Row = {"finding": MEAN, "when": when, "n": len(split.labels), "n_positive": ""}
    head |= {"n_patients": len(set(split.patients)), "contrast": split.contrast, "temperature": ""}
    last: Row = {"reason": f"of {len(entries)} findings with a temperature"}
    return head | _with_intervals(values, replicates) | last


def _head(finding: str, when: str, labels: Floats, split: Split) -> Row:
    known = ~np.isnan(labels)
    patients = {patient for patient, is_known in zip(split.patients, known, strict=True) if is_known}
    return {
        "finding": finding,
        "when": when,
        "n": int(known.sum()),
        "n_positive": int((labels == 1).sum()),
        "n_patients": len(patients),
    }


def _with_intervals(values: Mapping[str, float], replicates: Mapping[str, NDArray[np.float64]]) -> Row:
    row: Row = {}
    for name, value in values.items():
        found = interval(replicates[name])
        row |= {name: value, f"{name}_low": found.low, f"{name}_high": found.high}
    return row
