"""Grad-CAM for all findings at once, and the formulas that are the same where the head is linear."""

from typing import Literal

import numpy as np
from pydantic import Field

from explainers.cam import CamExplainer, LayerParameters, gradient_cost
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.published import cam_picture
from explainers.threads import one_thread
from explainers.types import Evidence, FloatArray
from models.capabilities import FEATURES

Formula = Literal["gradcam", "hirescam", "xgradcam", "shapleycam"]
_EPSILON = 1e-7  # pytorch-grad-cam's, in XGrad-CAM's denominator


class GradCamParameters(LayerParameters):
    """Where Grad-CAM looks, and by whose formula the gradients weigh the features there."""

    formula: Formula = Field(
        default="gradcam",
        title="Formula",
        exclude_if=lambda formula: formula == "gradcam",  # maps that were stored before there was a choice still hold
        description="gradcam: the gradient's mean; hirescam: the gradient cell by cell; xgradcam: its mean where the "
        "feature is; shapleycam: with half of the second derivatives taken off. All are the same on the last block of "
        "a network with a linear head, and differ on earlier layers.",
    )


class GradCam(CamExplainer[GradCamParameters]):
    """Grad-CAM: channels weighted by the mean gradient of the logit (Selvaraju et al., ICCV 2017, equations 1 and 2).

    Where average pooling and a linear layer follow, gradients are the same in all cells, and three more published
    formulas are this one: HiResCAM (Draelos and Carin, 2020: Σ gradient·feature), XGrad-CAM (Fu et al., BMVC 2020:
    weights Σ gradient·feature / Σ feature, with pytorch-grad-cam's 10⁻⁷ added below) and Shapley-CAM (Cai, 2025: the
    mean of gradient − ½ · second derivatives · features). Elsewhere the parameter `formula` tells them apart.

    Departure: the ReLU of equation 2 belongs to the picture (`explainers.published`), not to the map, which keeps its
    sign and its unit. For the last feature block, average pooling and a linear layer follow, so the sum of
    the map's cells is exactly the logit without its bias.
    """

    def maps(self, evidence: Evidence) -> FloatArray:
        """As the base says; where the head is linear all formulas are the first."""
        features, formula = evidence.features, self.parameters.formula
        if formula == "gradcam" or evidence.linear:
            return np.concatenate([weighted_sum(g.mean(axis=(2, 3)), features) for g in evidence.gradients()])
        if formula == "hirescam":
            return np.concatenate([cell_by_cell(g, features) for g in evidence.gradients()])
        if formula == "xgradcam":
            return np.concatenate([weighted_sum(_where_it_is(g, features), features) for g in evidence.gradients()])
        return np.concatenate([weighted_sum(g.mean(axis=(2, 3)), features) for g in evidence.corrected()])


def weighted_sum(weights: FloatArray, features: FloatArray) -> FloatArray:
    """Weights (n, C) over the channels of features (C, h, w) -> (n, h, w) float32."""
    channels, height, width = features.shape
    with one_thread():
        return (weights @ features.reshape(channels, -1)).reshape(-1, height, width)


def cell_by_cell(weights: FloatArray, features: FloatArray) -> FloatArray:
    """Weights (n, C, h, w), or (n, C, 1, 1), times features (C, h, w), summed over C -> (n, h, w) float32."""
    if weights.shape[2:] == (1, 1):
        return weighted_sum(weights[:, :, 0, 0], features)
    return np.asarray(np.einsum("nchw,chw->nhw", weights, features), np.float32)


def _where_it_is(gradients: FloatArray, features: FloatArray) -> FloatArray:
    """XGrad-CAM's weights (n, C)."""
    return np.asarray((gradients * features).sum(axis=(2, 3)) / (features.sum(axis=(1, 2)) + _EPSILON), np.float32)


def _remark(_explanation: Explanation) -> str:
    return "No unit; scaled to its own strongest value. The published picture leaves what opposes out."


ENTRY = Entry(
    key="gradcam",
    label="Grad-CAM",
    needs=FEATURES,
    parameters=GradCamParameters,
    factory=GradCam,
    cost=gradient_cost,
    paper="Selvaraju et al., Grad-CAM, ICCV 2017",
    words="The network's features, each weighted by how much the finding's logit grows with it. A feature sees "
    "far beyond its own place, so the map is no proof that the evidence lies there.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="bilinear",
        published=cam_picture,
        negative_means="The features here lower the finding's logit.",
        negative_opposes=True,
        remark=_remark,
    ),
    equals=("HiResCAM", "XGrad-CAM", "Shapley-CAM"),
)
