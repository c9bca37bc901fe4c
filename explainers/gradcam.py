"""Grad-CAM for all findings at once."""

import numpy as np

from explainers.base import FloatArray
from explainers.cam import CamExplainer, Evidence, LayerParameters
from explainers.threads import one_thread


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
