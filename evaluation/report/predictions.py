"""How well the models classify, from the predictions cached beside the maps."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.guarding import guarded
from evaluation.report.published import CLASSIFICATION
from explainers.stored import open_results
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
    results = open_results(folder)
    found = {name for case in cases for name in results.sections(case.id)}
    return [name for name in CLASSIFICATION if name in found] + sorted(found - set(CLASSIFICATION))


def label_of(section: str) -> str:
    """What the model of a section is called; the section's own name where nobody knows it."""
    named = {entry.in_predictions: entry.label for entry in MODELS.values()}
    try:
        return named[section] if section in named else find_model(section).label
    except InputError:
        return section


def _predicted(model: str, folder: Path, cases: Sequence[Case]) -> Predicted:
    labels, probabilities, patients = [], [], []
    results = open_results(folder)
    for case in cases:
        try:
            with guarded(InputError(f"Expected probabilities of {case.id}, found something else.")):
                stored = results.sections(case.id)[model]["probabilities"]
                row = [np.nan if stored[finding] is None else float(stored[finding]) for finding in FINDINGS]
        except InputError:
            continue  # a case that was not explained has no prediction; the report says how many had one
        known = (case.labels[finding] for finding in FINDINGS)
        labels.append([np.nan if label is None else float(label) for label in known])
        probabilities.append(row)
        patients.append(case.patient)
    width = len(FINDINGS)
    return np.array(labels).reshape(-1, width), np.array(probabilities).reshape(-1, width), patients
