"""How sure each model is, as the tab Trust tells it: plain JSON, null where a model does not predict a finding."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from evaluation.trust.augmentation import augmentation_spread
from explainers.model_run import ModelRun
from models.capabilities import Logits
from models.registry import find_model
from ui.profiles import Profiles
from ui.trust_content import Json, plain


def opinion(model: Logits, logits: NDArray[np.float32], profiles: Profiles) -> Json:
    """What a model says about an image, raw and calibrated.

    Args:
        model: which.
        logits: (14,), NaN for findings that it does not predict.
        profiles: of the active models.
    """
    key = model.info.key
    profile = profiles.of[key]
    return {
        "key": key,
        "label": find_model(key).label,
        "origin": model.info.origin,
        "raw": _numbers(expit(logits.astype(np.float64))),
        "calibrated": None if profile is None else _numbers(profile.probabilities(logits)),
        "deviation": None,
        "note": profiles.notes[key],
        "reasons": [entry.temperature_reason for entry in profile.findings] if profile else None,
    }


def opinion_of(run: ModelRun, profiles: Profiles) -> Json:
    """The same of an open case."""
    return opinion(run.model, run.logits, profiles)


def opinion_with_spread(run: ModelRun, profiles: Profiles) -> Json:
    """The same of an open case, with how far the probabilities move when the image is changed a little."""
    spread = augmentation_spread(run.model, run.image)
    return {**opinion_of(run, profiles), "deviation": _numbers(spread.deviation)}


def _numbers(values: NDArray[Any]) -> list[float | None]:
    return [plain(float(value)) for value in values]
