"""How well the models classify, from the predictions cached beside the maps."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from evaluation.report.published import CLASSIFICATION
from explainers.outputs import PREDICTION
from models.classification.evaluation import evaluate_predictions
from models.classification.report import LOCALIZED_MEAN, MEAN, ClassificationReport
from models.registry import MODELS, find_model

Predicted = tuple[NDArray[np.float64], NDArray[np.float64], list[str]]
MEANS = (LOCALIZED_MEAN, MEAN)


def classification(
    model: str, scored: tuple[Path, Sequence[Case]], validation: tuple[Path, Sequence[Case]]
) -> ClassificationReport | None:
    """Score a model's cached probabilities against the labels; thresholds come from the validation cases.

    Args:
        model: a section of prediction.json.
        scored: folder of outputs and the cases to score.
        validation: the same for the cases on which thresholds are chosen.

    Returns:
        None where no case has a prediction of this model.
    """
    labels, probabilities, patients = _predicted(model, *scored)
    tuning_labels, tuning_probabilities, _ = _predicted(model, *validation)
    if not patients or not len(tuning_labels):
        return None
    return evaluate_predictions(labels, probabilities, patients, (tuning_labels, tuning_probabilities), n_resamples=0)


def models_of(folder: Path, cases: Iterable[Case]) -> list[str]:
    """The sections of all predictions: those with published numbers first, in their order, then the others, sorted."""
    found = {name for case in cases for name in _sections(folder, case)}
    return [name for name in CLASSIFICATION if name in found] + sorted(found - set(CLASSIFICATION))


def label_of(section: str) -> str:
    """What the model of a section is called; the section's own name where nobody knows it."""
    named = {entry.in_predictions: entry.label for entry in MODELS.values()}
    try:
        return named[section] if section in named else find_model(section).label
    except InputError:
        return section


def _sections(folder: Path, case: Case) -> Mapping[str, Any]:
    """What is stored of a case, by model; nothing where there is no such file, or a damaged one."""
    try:
        stored = json.loads((folder / case.id / PREDICTION).read_bytes())
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _predicted(model: str, folder: Path, cases: Sequence[Case]) -> Predicted:
    labels, probabilities, patients = [], [], []
    for case in cases:
        try:
            stored = _sections(folder, case)[model]["probabilities"]
            row = [np.nan if stored[finding] is None else float(stored[finding]) for finding in FINDINGS]
        except (ValueError, KeyError, TypeError):
            continue  # a case that was not explained has no prediction; the report says how many had one
        known = (case.labels[finding] for finding in FINDINGS)
        labels.append([np.nan if label is None else float(label) for label in known])
        probabilities.append(row)
        patients.append(case.patient)
    width = len(FINDINGS)
    return np.array(labels).reshape(-1, width), np.array(probabilities).reshape(-1, width), patients
