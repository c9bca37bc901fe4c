"""Which findings a case has and how severe they are.

Eleven signs, devices and a health state are drawn by a Gaussian copula: four latent causes (heart failure, infection,
trauma, intensive care) tie signs together while every sign keeps exactly its prevalence. Half of each latent
belongs to the patient, half to the study, so a patient's studies resemble each other. Labels then follow CheXpert's
hierarchy: Cardiomegaly implies Enlarged Cardiomediastinum; Edema, Consolidation, Pneumonia, Atelectasis and Lung Lesion
imply Lung Opacity; No Finding excludes everything but Support Devices.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from data_cache.errors import InputError
from data_cache.findings import FINDINGS

SIGNS_DRAWN: tuple[str, ...] = (
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
)

# Share of cases whose own sign is drawn. For Enlarged Cardiomediastinum and Lung Opacity that is the sign apart from
# its children, so the label is more frequent. "realistic" is modelled on the order of magnitude of CheXpert's
# validation and test labels; signs rarer than 3 % there are lifted to 3 to 4 %, so that small cohorts contain them.
PREVALENCE: dict[str, dict[str, float]] = {
    "realistic": dict(
        zip(SIGNS_DRAWN, (0.18, 0.27, 0.10, 0.04, 0.16, 0.09, 0.05, 0.26, 0.05, 0.22, 0.03, 0.03, 0.46), strict=True)
    ),
    "balanced": dict(
        zip(SIGNS_DRAWN, (0.15, 0.19, 0.10, 0.17, 0.17, 0.16, 0.16, 0.18, 0.17, 0.19, 0.16, 0.17, 0.34), strict=True)
    ),
}
_HEALTHY = {"realistic": 0.10, "balanced": 0.16}

# Loadings on heart failure, infection, trauma, intensive care.
_LOADINGS = np.array(
    [
        [0.25, 0.00, 0.15, 0.10],
        [0.55, 0.00, 0.00, 0.05],
        [0.10, 0.25, 0.05, 0.20],
        [0.00, 0.05, 0.00, -0.05],
        [0.65, 0.05, 0.00, 0.20],
        [0.00, 0.60, 0.00, 0.20],
        [0.00, 0.75, 0.00, 0.05],
        [0.05, 0.10, 0.10, 0.50],
        [-0.10, 0.00, 0.50, 0.20],
        [0.45, 0.15, 0.15, 0.30],
        [0.00, 0.15, 0.05, 0.00],
        [0.00, 0.00, 0.60, 0.00],
        [0.10, 0.05, 0.15, 0.70],
    ]
)
_OPACITIES = ("Lung Lesion", "Edema", "Consolidation", "Pneumonia", "Atelectasis")


@dataclass(frozen=True)
class Condition:
    """Signs: severity in (0, 1] by sign present, labels (0 or 1) by finding, and whether it is a bedside film."""

    severities: dict[str, float]
    labels: dict[str, int]
    bedside: bool


def prevalence_table(name: str) -> dict[str, float]:
    """Prevalences of the drawn signs by name of the table.

    Raises:
        InputError: there is no such table.
    """
    if name not in PREVALENCE:
        raise InputError(f"Unknown prevalence {name!r}: expected one of {', '.join(PREVALENCE)}.")
    return PREVALENCE[name]


def _latent(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(_LOADINGS.shape[0] + _LOADINGS.shape[1] + 1)


def draw_condition(patient: np.random.Generator, study: np.random.Generator, table: str) -> Condition:
    """Draw a case's signs; `patient` must be a fresh generator that all studies of the patient share."""
    chances = prevalence_table(table)
    latent = np.sqrt(0.5) * (_latent(patient) + _latent(study))
    signs, causes = len(SIGNS_DRAWN), _LOADINGS.shape[1]
    own = np.sqrt(1 - (_LOADINGS**2).sum(1))
    score = _LOADINGS @ latent[signs : signs + causes] + own * latent[:signs]
    healthy = bool(ndtr(latent[-1]) < _HEALTHY[table])
    severities = {}
    for index, sign in enumerate(SIGNS_DRAWN):
        draw = _severity(study)
        chance = chances[sign]
        if sign != "Support Devices":
            chance = 0.0 if healthy else chance / (1 - _HEALTHY[table])
        if score[index] > -ndtri(chance):
            severities[sign] = draw
    bedside = bool(latent[signs + 3] + 0.8 * study.standard_normal() > 0.35)
    return Condition(severities, labels_of(severities), bedside)


def _severity(rng: np.random.Generator) -> float:
    """Subtle (16 %), moderate (44 %) or obvious (40 %)."""
    low, high = ((0.12, 0.33), (0.33, 0.66), (0.66, 1.0))[int(rng.choice(3, p=[0.16, 0.44, 0.40]))]
    return float(rng.uniform(low, high))


def grade(severity: float) -> str:
    """Word for a severity."""
    return "subtle" if severity < 0.33 else "moderate" if severity < 0.66 else "obvious"


def labels_of(severities: dict[str, float]) -> dict[str, int]:
    """The 14 labels that follow from the signs present."""
    labels = {finding: int(finding in severities) for finding in FINDINGS}
    if any(labels[name] for name in _OPACITIES):
        labels["Lung Opacity"] = 1
    if labels["Cardiomegaly"]:
        labels["Enlarged Cardiomediastinum"] = 1
    sick = any(labels[name] for name in FINDINGS if name not in ("No Finding", "Support Devices"))
    labels["No Finding"] = int(not sick)
    return labels
