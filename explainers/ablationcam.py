"""Ablation-CAM as its paper has it, in closed form."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from explainers.base import Explainer, Parameters, Stage
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.gradcam import weighted_sum
from explainers.published import cam_picture
from explainers.types import FloatArray, IsCancelled
from models.capabilities import POOLED_FEATURES

if TYPE_CHECKING:
    from explainers.model_run import ModelRun


class AblationParameters(Parameters):
    """There is nothing to choose: the last feature block, each of its channels set to 0."""


class AblationCam(Explainer[AblationParameters]):
    """Ablation-CAM: channels weighted by the share of the logit that goes with them (Desai and Ramaswamy, WACV 2020).

    Equation 2: (y − y_k) / y, y_k being the logit with channel k set to 0. Where average pooling and a linear layer
    follow, y − y_k is the weight times the channel's mean, so that no further pass is needed. pytorch-grad-cam computes
    something else: where a channel's smallest activation is not 0 it writes that less 10⁷ into the channel.
    Departure: the ReLU on the sum over channels belongs to the picture (`explainers.published`).

    Dividing by y turns the map around where the logit is negative; where it is 0 the map is 0, since no share of
    nothing can be told.
    """

    def stages(self, run: "ModelRun", cancelled: IsCancelled) -> Iterator[Stage]:
        evidence = run.evidence("", cancelled)
        (gradients,) = evidence.gradients()
        falls = gradients[:, :, 0, 0] * evidence.features.sum(axis=(1, 2))
        yield Stage(weighted_sum(_shares(falls, run.logits), evidence.features), self.parameters)


def _shares(falls: FloatArray, logits: FloatArray) -> FloatArray:
    """What each channel's removal takes off (n, C), as shares of the logits (n,); 0 for a logit of 0 and for NaN."""
    usable = np.isfinite(logits) & (logits != 0)
    return np.asarray(np.where(usable[:, None], falls / np.where(usable, logits, 1)[:, None], 0), np.float32)


def _remark(explanation: Explanation) -> str:
    turned = int((explanation.logits < 0).sum())
    said = f" Signs are reversed for the {turned} findings whose logit is negative." if turned else ""
    return f"No unit; scaled to its own strongest value.{said}"


ENTRY = Entry(
    key="ablationcam",
    label="Ablation-CAM",
    needs=POOLED_FEATURES,
    parameters=AblationParameters,
    factory=AblationCam,
    cost=lambda _parameters, _model: 1,
    paper="Desai and Ramaswamy, Ablation-CAM, WACV 2020",
    words="The network's features, each weighted by the share of the finding's logit that is lost when it is switched "
    "off. Where the logit is negative, this reverses the map's signs.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="bilinear",
        published=cam_picture,
        negative_means="Features here whose removal changes the logit towards the other side; evidence against the "
        "finding only where its logit is positive.",
        remark=_remark,
    ),
    standard=False,
)
