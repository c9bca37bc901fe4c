"""LayerCAM and element-wise Grad-CAM: features kept cell by cell where they support the finding."""

import numpy as np

from explainers.cam import CamExplainer, LayerParameters, gradient_cost
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.gradcam import cell_by_cell, weighted_sum
from explainers.published import cam_picture
from explainers.types import Evidence, FloatArray
from models.capabilities import FEATURES


class LayerCam(CamExplainer[LayerParameters]):
    """LayerCAM: features weighted cell by cell with the positive gradients (Jiang et al., TIP 2021, equations 4 to 6).

    Departure: the ReLU on the sum over channels belongs to the picture (`explainers.published`).
    """

    def maps(self, evidence: Evidence) -> FloatArray:
        return np.concatenate([cell_by_cell(np.maximum(g, 0), evidence.features) for g in evidence.gradients()])


class ElementWiseGradCam(CamExplainer[LayerParameters]):
    """Element-wise Grad-CAM: Σ ReLU(gradient · feature) over the channels, as pytorch-grad-cam's GradCAMElementWise.

    The library names no paper. Unlike LayerCAM a negative feature under a negative gradient counts as well.
    """

    def maps(self, evidence: Evidence) -> FloatArray:
        return np.concatenate([_positive_products(g, evidence.features) for g in evidence.gradients()])


def _positive_products(gradients: FloatArray, features: FloatArray) -> FloatArray:
    """(n, h, w): a product is positive where both factors are, or where both are negative."""
    if gradients.shape[2:] == (1, 1):
        weights = gradients[:, :, 0, 0]
        both = weighted_sum(np.maximum(weights, 0), np.maximum(features, 0))
        return both + weighted_sum(np.minimum(weights, 0), np.minimum(features, 0))
    return np.maximum(gradients * features, 0).sum(axis=1)


def _remark(_explanation: Explanation) -> str:
    return "No unit; scaled to its own strongest value."


LAYERCAM = Entry(
    key="layercam",
    label="LayerCAM",
    needs=FEATURES,
    parameters=LayerParameters,
    factory=LayerCam,
    cost=gradient_cost,
    paper="Jiang et al., LayerCAM, IEEE Transactions on Image Processing 2021",
    words="The network's features that support the finding, each with its own weight in each cell; made for earlier "
    "layers too. It does not show what opposes the finding.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="bilinear",
        published=cam_picture,
        negative_means="Nothing: the activation function lets features be slightly negative, and those that "
        "support the finding are so here.",
        remark=_remark,
    ),
    standard=False,
)

ELEMENT_WISE = Entry(
    key="gradcam-elementwise",
    label="Element-wise Grad-CAM",
    needs=FEATURES,
    parameters=LayerParameters,
    factory=ElementWiseGradCam,
    cost=gradient_cost,
    paper="pytorch-grad-cam (Gildenblat et al.), 2021; no paper of its own",
    words="The sum of all contributions that raise the finding's logit, cell by cell. What lowers it is left out, so "
    "that places with much of both look strong.",
    view=View(sign="positive", floor="zero", resampling="bilinear", published=cam_picture, remark=_remark),
    standard=False,
)
