"""The profile of a checkpoint: thresholds, calibration and image quality, in one JSON file beside the weights.

`NAME.profile.json` lies beside `NAME.safetensors` (or `.pt`) and names the weights it was made with by their hash; with
other weights it is refused. Everything in it comes from validation images, and the quality from training images.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError, model_validator
from scipy.special import expit

from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.store import write_bytes
from evaluation.trust.calibration import brier_score, calibrated, expected_calibration_error, fit_temperature
from evaluation.trust.quality import QualityReference
from models.checkpoints import locate
from models.classification.metrics import Floats
from models.classification.reasons import NOT_PREDICTED, missing_class
from models.classification.thresholds import youden_threshold
from models.predictions import ModelInfo

VERSION: Literal[1] = 1
REMAKE = "make it again with `python -m evaluation profile`"
_MOST_BYTES = 1_000_000

# JSON has no word for NaN: null is NaN here, and the reason beside it says why.
Number = Annotated[
    float,
    BeforeValidator(lambda value: float("nan") if value is None else value),
    PlainSerializer(lambda value: None if np.isnan(value) else value, return_type=float | None, when_used="json"),
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FindingProfile(_Frozen):
    """One finding on the validation images.

    Attributes:
        finding: CheXpert's name.
        n, n_positive: images with a known label, and those with the finding.
        threshold: logit from which the finding is called, with the largest TPR − FPR (`youden_threshold`); NaN with a
            `threshold_reason` when there is none.
        temperature: see `fit_temperature`; NaN with a `temperature_reason` when there is none.
        nll_before, nll_after, ece_before, ece_after, brier_before, brier_after: at temperature 1 and at `temperature`,
            on the very images that it was chosen on; "after" is NaN without a temperature.
    """

    finding: str
    n: int
    n_positive: int
    threshold: Number
    threshold_reason: str
    temperature: Number
    temperature_reason: str
    nll_before: Number
    nll_after: Number
    ece_before: Number
    ece_after: Number
    brier_before: Number
    brier_after: Number

    @model_validator(mode="after")
    def _explained(self) -> Self:
        for value, reason in ((self.threshold, self.threshold_reason), (self.temperature, self.temperature_reason)):
            if np.isnan(value) != bool(reason):
                raise ValueError("a reason is expected exactly where a value is undefined")
        if not (np.isnan(self.temperature) or 0 < self.temperature < np.inf):
            raise ValueError("a temperature is expected to be positive")
        return self

    @property
    def probability_threshold(self) -> float:
        """The threshold as an uncalibrated probability."""
        return float(expit(self.threshold))

    @property
    def calibrated_threshold(self) -> float:
        """The same threshold as a calibrated probability: it calls the same images."""
        return float(expit(self.threshold / (1.0 if np.isnan(self.temperature) else self.temperature)))


class Validation(_Frozen):
    """What the thresholds and temperatures were chosen on: data set and split by name, images, patients, arithmetic."""

    data: str
    split: str
    images: int
    patients: int
    computed_by: str


class Profile(_Frozen):
    """What is known about a model's outputs; findings are in CheXpert's order.

    Attributes:
        kind: the model's key in the registry.
        quality: None where no training images were at hand; `quality_data` says whose they are.
    """

    version: Literal[1] = VERSION
    kind: str
    model: str
    weights_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    validation: Validation
    findings: tuple[FindingProfile, ...]
    quality: QualityReference | None = None
    quality_data: str = ""

    @model_validator(mode="after")
    def _all_findings(self) -> Self:
        if tuple(entry.finding for entry in self.findings) != FINDINGS:
            raise ValueError("the 14 findings are expected in CheXpert's order")
        return self

    @property
    def temperatures(self) -> NDArray[np.float64]:
        """Float64 (14,), NaN where a finding has none."""
        return np.array([entry.temperature for entry in self.findings])

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """Logits, float64 (14,), NaN where a finding has none."""
        return np.array([entry.threshold for entry in self.findings])

    def probabilities(self, logits: Floats) -> NDArray[np.float64]:
        """Calibrated probabilities of logits (..., 14); uncalibrated ones for findings without a temperature.

        `findings[i].temperature_reason` says which those are, and why.
        """
        return calibrated(logits, np.nan_to_num(self.temperatures, nan=1.0))

    def calls(self, logits: Floats) -> NDArray[np.bool_]:
        """Whether each finding is called, logit ≥ threshold; never where there is no threshold."""
        return np.asarray(logits) >= self.thresholds


def profile_path(weights: Path) -> Path:
    """Where the profile of a file of weights lies: beside it, under its name."""
    return weights.with_name(f"{weights.stem}.profile.json")


def profile_findings(labels: Floats, logits: Floats) -> tuple[FindingProfile, ...]:
    """Choose thresholds and temperatures on validation images.

    Args:
        labels: (n, 14) 1, 0 or NaN.
        logits: (n, 14) finite; NaN in every image for findings that the model does not predict, which have neither.
    """
    if labels.ndim != 2 or labels.shape != logits.shape or labels.shape[1] != len(FINDINGS):
        raise ValueError(f"Expected labels and logits (n, {len(FINDINGS)}), found {labels.shape} and {logits.shape}.")
    return tuple(_finding(name, labels[:, i], logits[:, i].astype(np.float64)) for i, name in enumerate(FINDINGS))


def make_profile(
    info: ModelInfo,
    labels: Floats,
    logits: Floats,
    validation: Validation,
    quality: QualityReference | None = None,
    quality_data: str = "",
) -> Profile:
    """Put together the profile of a model; labels and logits as for `profile_findings`."""
    return Profile(
        kind=info.key,
        model=info.id,
        weights_sha256=info.weights_sha256,
        validation=validation,
        findings=profile_findings(labels, logits),
        quality=quality,
        quality_data=quality_data,
    )


def write_profile(path: Path, profile: Profile) -> None:
    """Write a profile, whole or not at all."""
    write_bytes(path, (profile.model_dump_json(indent=1) + "\n").encode())


def read_profile(path: Path, weights_sha256: str) -> Profile:
    """Read a profile that belongs to these weights.

    Raises:
        FileNotFoundError: there is none.
        InputError: it is damaged, of another version, or belongs to other weights.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    content = read_file(path, "a profile", _MOST_BYTES)
    try:
        profile = Profile.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "its JSON"
        raise InputError(
            f"Expected a profile of version {VERSION} in {path.name}, found a wrong {where} ({first['msg']}); {REMAKE}."
        ) from None
    if profile.weights_sha256 != weights_sha256:
        raise InputError(
            f"Expected the profile {path.name} to belong to the weights {weights_sha256[:8]}, "
            f"found one of {profile.weights_sha256[:8]}; {REMAKE}."
        )
    return profile


def find_profile(spec: str | Path, info: ModelInfo) -> Profile | None:
    """Read the profile beside the weights that are active; None where there is none.

    Args:
        spec: "official", "demo", "auto", hf://… or a file, with which the model was loaded.
        info: the loaded model.

    Raises:
        InputError: there is one, but see `read_profile`.
    """
    try:
        return read_profile(profile_path(locate(spec, info.key).path), info.weights_sha256)
    except FileNotFoundError:
        return None


def _finding(name: str, labels: Floats, logits: NDArray[np.float64]) -> FindingProfile:
    if len(logits) and np.isnan(logits).all():
        return _not_predicted(name, labels)
    fitted = fit_temperature(labels, logits)
    threshold, threshold_reason = _threshold(labels, logits)
    scores = {"before": expit(logits)}
    if not fitted.reason:
        scores["after"] = expit(logits / fitted.value)
    measured = {
        f"{metric}_{when}": function(labels, scores[when]) if when in scores else float("nan")
        for metric, function in (("ece", expected_calibration_error), ("brier", brier_score))
        for when in ("before", "after")
    }
    return FindingProfile(
        finding=name,
        n=fitted.n,
        n_positive=fitted.n_positive,
        threshold=threshold,
        threshold_reason=threshold_reason,
        temperature=fitted.value,
        temperature_reason=fitted.reason,
        nll_before=fitted.nll_before,
        nll_after=fitted.nll_after,
        **measured,
    )


def _not_predicted(name: str, labels: Floats) -> FindingProfile:
    numbers = ("threshold", "temperature", "nll_before", "nll_after", "ece_before", "ece_after")
    return FindingProfile(
        finding=name,
        n=int((~np.isnan(labels)).sum()),
        n_positive=int((labels == 1).sum()),
        threshold_reason=NOT_PREDICTED,
        temperature_reason=NOT_PREDICTED,
        **dict.fromkeys((*numbers, "brier_before", "brier_after"), float("nan")),
    )


def _threshold(labels: Floats, logits: NDArray[np.float64]) -> tuple[float, str]:
    """The threshold, or NaN and why; infinity, which calls nothing, is no threshold to be stored."""
    threshold = youden_threshold(labels, logits)
    if np.isinf(threshold):
        return float("nan"), "no threshold is better than chance"
    return threshold, missing_class(labels)


def reasons(profile: Profile) -> Sequence[str]:
    """One sentence for each finding that has no temperature or no threshold, for people."""
    sentences = []
    for entry in profile.findings:
        if entry.temperature_reason == NOT_PREDICTED:
            sentences.append(f"{entry.finding}: {NOT_PREDICTED}.")
            continue
        if entry.temperature_reason:
            sentences.append(f"{entry.finding}: not calibrated, {entry.temperature_reason}.")
        if entry.threshold_reason:
            sentences.append(f"{entry.finding}: no tuned threshold, {entry.threshold_reason}.")
    return sentences
