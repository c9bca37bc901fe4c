"""Grad-CAM++ for all findings at once."""

import numpy as np

from explainers.cam import CamExplainer, LayerParameters, gradient_cost
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.gradcam import weighted_sum
from explainers.published import cam_picture
from explainers.types import Evidence, FloatArray
from models.capabilities import FEATURES

_EPSILON = 1e-6  # pytorch-grad-cam's; comparable to the squared gradients here, so part of the published maps


class GradCamPlusPlus(CamExplainer[LayerParameters]):
    """Grad-CAM++: positive gradients weighted by where they occur (Chattopadhay et al., WACV 2018, equation 19).

    As in pytorch-grad-cam, which made the published maps, the higher derivatives are powers of the first (the paper
    shows this for an exponential of the logit) and 10⁻⁶ is added to the denominator. Departure: the ReLU on the
    sum over channels belongs to the picture (`explainers.published`).
    """

    def maps(self, evidence: Evidence) -> FloatArray:
        sums = evidence.features.sum(axis=(1, 2))
        cells = evidence.features[0].size
        parts = [weighted_sum(_weights(g, sums, cells), evidence.features) for g in evidence.gradients()]
        return np.concatenate(parts)


def _weights(gradients: FloatArray, sums: FloatArray, cells: int) -> FloatArray:
    """Gradients (n, C, h, w) or (n, C, 1, 1) and sums of the C channels over space -> weights (n, C) float32."""
    # In single precision and in pytorch-grad-cam's order: the denominator can come close to zero, where each rounding
    # shows in the result.
    squares = gradients**2
    denominator = 2 * squares + sums[:, None, None] * (squares * gradients) + _EPSILON
    weighted = np.maximum(gradients, 0) * squares / denominator
    # The mean times the number of cells: a sum that also holds where one gradient stands for all cells.
    return weighted.mean(axis=(2, 3)) * np.float32(cells)


def _remark(_explanation: Explanation) -> str:
    return "No unit; scaled to its own strongest value."


ENTRY = Entry(
    key="gradcam++",
    label="Grad-CAM++",
    needs=FEATURES,
    parameters=LayerParameters,
    factory=GradCamPlusPlus,
    cost=gradient_cost,
    paper="Chattopadhay et al., Grad-CAM++, WACV 2018",
    words="Like Grad-CAM, but only features that support the finding count, and small areas count as much as "
    "large ones. It does not show what opposes the finding.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="bilinear",
        published=cam_picture,
        negative_means="Nothing: the activation function lets features be slightly negative, and those that "
        "support the finding are so here.",
        remark=_remark,
    ),
)
