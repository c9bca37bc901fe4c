"""Finer-CAM: what speaks for a finding and not for another one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, field_validator

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, canonical_finding
from explainers.base import Explainer, Stage
from explainers.cam import LayerParameters, gradient_cost
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.gradcam import weighted_sum
from explainers.published import cam_picture
from explainers.types import Evidence, FloatArray, IsCancelled
from models.capabilities import FEATURES

if TYPE_CHECKING:
    from explainers.model_run import ModelRun


class FinerParameters(LayerParameters):
    """What a finding is compared with, and how much of that is taken off."""

    against: str = Field(
        default="",
        title="Against",
        max_length=40,
        json_schema_extra={"enum": ["", *FINDINGS], "empty": "nearest logit"},
        description="The finding whose evidence is taken off, such as Lung Opacity; empty for the one whose logit is "
        "nearest to the explained finding's, which changes from image to image.",
    )
    strength: float = Field(
        default=1.0,
        ge=0,
        le=2,
        title="Strength",
        description="How much of the other finding's evidence is taken off; 0 gives Grad-CAM.",
    )

    @field_validator("against")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            return canonical_finding(value) if value else ""
        except InputError as error:
            raise ValueError(str(error)) from None


class FinerCam(Explainer[FinerParameters]):
    """Finer-CAM on Grad-CAM: channels weighted by the gradient of y − α·y_other (Zhang et al., CVPR 2025, equation 5).

    The paper compares with the classes whose scores are nearest, three by default, weighted by their softmax. With
    findings that may all be present there is no such softmax, so that one partner is taken: the one that is named, or
    the nearest logit. Departure: the ReLU belongs to the picture. The map is Grad-CAM of the finding less α times
    that of the partner; of the partner itself, named, it is (1 − α) times its own.
    """

    def check(self, run: "ModelRun") -> None:
        run.check_layer(self.parameters.layer)
        against, predicted = self.parameters.against, run.info.architecture.predicted
        if against and not predicted[FINDINGS.index(against)]:
            raise InputError(
                f"Expected a finding that {run.key} predicts to compare with, found {against}, which it does not; "
                "name another or leave it empty."
            )

    def stages(self, run: "ModelRun", cancelled: IsCancelled) -> Iterator[Stage]:
        evidence = run.evidence(self.parameters.layer, cancelled)
        yield Stage(self.maps(evidence, run.logits), self.parameters, evidence.note)

    def maps(self, evidence: Evidence, logits: FloatArray) -> FloatArray:
        """Signed maps (14, h, w) float32; `logits` (14,) tell what is nearest."""
        weights = np.concatenate([g.mean(axis=(2, 3)) for g in evidence.gradients()])
        finer = weights - np.float32(self.parameters.strength) * weights[self._partners(logits)]
        return weighted_sum(finer, evidence.features)

    def _partners(self, logits: FloatArray) -> list[int]:
        """For each finding the place of what it is compared with; its own where there is no other."""
        if self.parameters.against:
            return [FINDINGS.index(self.parameters.against)] * len(logits)
        return [nearest(logits, place) for place in range(len(logits))]


def nearest(logits: FloatArray, place: int) -> int:
    """The place of the logit nearest to the one at a place, NaN passed over; its own where there is none."""
    distance = np.abs(logits - logits[place])
    distance[place] = np.nan
    return place if np.isnan(distance).all() else int(np.nanargmin(distance))


def _remark(explanation: Explanation) -> str:
    against = explanation.parameters["against"] or "the finding with the nearest logit"
    return f"Less what supports {against}; no unit, scaled to its own strongest value."


ENTRY = Entry(
    key="finercam",
    label="Finer-CAM",
    needs=FEATURES,
    parameters=FinerParameters,
    factory=FinerCam,
    cost=gradient_cost,
    paper="Zhang et al., Finer-CAM, CVPR 2025",
    words="What supports the finding but not another one that is named: the evidence of the difference between "
    "their logits.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="bilinear",
        published=cam_picture,
        negative_means="The features here support the other finding more than this one.",
        remark=_remark,
    ),
    standard=False,
)
