"""Grad-CAM for all findings at once."""

import numpy as np

from explainers.cam import CamExplainer, LayerParameters, gradient_cost
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.published import cam_picture
from explainers.threads import one_thread
from explainers.types import Evidence, FloatArray
from models.capabilities import FEATURES


class GradCam(CamExplainer[LayerParameters]):
    """Grad-CAM: channels weighted by the mean gradient of the logit (Selvaraju et al., ICCV 2017, equations 1 and 2).

    Departure: the ReLU of equation 2 belongs to the picture (`explainers.published`), not to the map, which keeps its
    sign and its unit. For the last feature block, average pooling and a linear layer follow, so the sum of
    the map's cells is exactly the logit without its bias.
    """

    def maps(self, evidence: Evidence) -> FloatArray:
        return np.concatenate([weighted_sum(g.mean(axis=(2, 3)), evidence.features) for g in evidence.gradients()])


def weighted_sum(weights: FloatArray, features: FloatArray) -> FloatArray:
    """Weights (n, C) over the channels of features (C, h, w) -> (n, h, w) float32."""
    channels, height, width = features.shape
    with one_thread():
        return (weights @ features.reshape(channels, -1)).reshape(-1, height, width)


def _remark(_explanation: Explanation) -> str:
    return "No unit; scaled to its own strongest value. The published picture leaves what opposes out."


ENTRY = Entry(
    key="gradcam",
    label="Grad-CAM",
    needs=FEATURES,
    parameters=LayerParameters,
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
)
