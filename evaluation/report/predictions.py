"""How well the models classify, from the predictions cached beside the maps."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.findings import FINDINGS
from models.classification.evaluation import evaluate_predictions
from models.classification.report import LOCALIZED_MEAN, MEAN, ClassificationReport

Predicted = tuple[NDArray[np.float64], NDArray[np.float64], list[str]]
MEANS = (LOCALIZED_MEAN, MEAN)


def classification(
    model: str, scored: tuple[Path, Sequence[Case]], validation: tuple[Path, Sequence[Case]]
) -> ClassificationReport | None:
    """Score a model's cached probabilities against the labels; thresholds come from the validation cases.

    Args:
        model: "patchnet" or "cnn", a section of prediction.json.
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


def _predicted(model: str, folder: Path, cases: Sequence[Case]) -> Predicted:
    labels, probabilities, patients = [], [], []
    for case in cases:
        try:
            stored = json.loads((folder / case.id / "prediction.json").read_bytes())[model]["probabilities"]
            row = [float(stored[finding]) for finding in FINDINGS]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a case that was not explained has no prediction; the report says how many had one
        known = (case.labels[finding] for finding in FINDINGS)
        labels.append([np.nan if label is None else float(label) for label in known])
        probabilities.append(row)
        patients.append(case.patient)
    width = len(FINDINGS)
    return np.array(labels).reshape(-1, width), np.array(probabilities).reshape(-1, width), patients
