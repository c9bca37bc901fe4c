"""Eigen-CAM, which looks at the activations only."""

from typing import Literal

import numpy as np
from pydantic import Field

from data_cache.findings import FINDINGS
from explainers.cam import CamExplainer, LayerParameters, forward_cost
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.published import cam_picture
from explainers.threads import one_thread
from explainers.types import Evidence, FloatArray
from models.capabilities import FEATURES

Sign = Literal["svd", "activation"]


class EigenParameters(LayerParameters):
    """Where Eigen-CAM looks, and which side of its map counts as positive."""

    sign: Sign = Field(
        default="svd",
        title="Sign",
        description="svd: whatever sign numpy.linalg.svd returns, as in the published maps; activation: positive "
        "where the mean activation is larger.",
    )


class EigenCam(CamExplainer[EigenParameters]):
    """Eigen-CAM: activations projected on their first principal component (Muhammad and Yeasin, IJCNN 2020).

    The map is the same for all findings. As in pytorch-grad-cam the activations are centred first (the paper does
    not), and their sign is arbitrary unless the parameter `sign` defines it.
    """

    def maps(self, evidence: Evidence) -> FloatArray:
        projection = first_component(evidence.features, self.parameters.sign)
        return np.broadcast_to(projection, (len(FINDINGS), *projection.shape))


def first_component(features: FloatArray, sign: Sign) -> FloatArray:
    """Project centred activations on their first right singular vector.

    Args:
        features: (C, h, w) float32; NaN counts as 0.
        sign: "svd" or "activation", see `EigenParameters`; a projection without correlation to the mean activation
            keeps the sign of svd.

    Returns:
        (h, w) float32; all zero where the activations are the same everywhere.
    """
    channels, height, width = features.shape
    positions = np.where(np.isnan(features), 0, features).reshape(channels, -1).T
    activation = positions.mean(axis=1)
    projection = _projection(positions - positions.mean(axis=0))
    if sign == "activation" and projection @ (activation - activation.mean()) < 0:
        projection = -projection
    return projection.reshape(height, width)


def _projection(centred: FloatArray) -> FloatArray:
    """(positions, channels) float32 -> its product with the first right singular vector, with numpy's sign of it.

    The product is the first left singular vector times the first singular value, so the right ones are not needed.
    For a wide matrix LAPACK's gesdd starts with an LQ factorisation and decomposes the triangle: doing only these two
    steps gives the same vector with the same sign in a fraction of the time.
    """
    rows, columns = centred.shape
    with one_thread():
        if columns >= rows * 11 // 6:  # where gesdd takes that path
            centred = np.asarray(np.linalg.qr(centred.T, mode="r")).T
        u, s, _ = np.linalg.svd(centred, full_matrices=False)
    return u[:, 0] * s[0]


def _remark(explanation: Explanation) -> str:
    side = {"svd": "its sign is arbitrary, kept as published", "activation": "positive where activation is larger"}
    return f"Does not depend on the finding; {side[explanation.parameters['sign']]}."


ENTRY = Entry(
    key="eigencam",
    label="Eigen-CAM",
    needs=FEATURES,
    parameters=EigenParameters,
    factory=EigenCam,
    cost=forward_cost,
    paper="Muhammad and Yeasin, Eigen-CAM, IJCNN 2020",
    words="Where the network's features vary most. It does not depend on the finding, and which side of it is "
    "positive is arbitrary unless the sign is set to activation.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="bilinear",
        published=cam_picture,
        negative_means="Only that this place lies on the other side of the mean; nothing about the finding.",
        remark=_remark,
    ),
    depends_on_finding=False,
)
