"""EigenGrad-CAM: the first principal component of what each feature contributes to a finding."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.linalg import eigh

from explainers.cam import CamExplainer, LayerParameters, gradient_cost
from explainers.eigencam import first_component
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.published import cam_picture
from explainers.threads import one_thread
from explainers.types import Evidence, FloatArray
from models.capabilities import FEATURES

Sign = Literal["gradient", "svd"]


class EigenGradParameters(LayerParameters):
    """Where EigenGrad-CAM looks, and which side of its map counts as positive."""

    sign: Sign = Field(
        default="gradient",
        title="Sign",
        description="gradient: positive where the contributions to the finding add up to more; svd: whatever sign "
        "numpy.linalg.svd returns, as in pytorch-grad-cam, which has no meaning.",
    )


class EigenGradCam(CamExplainer[EigenGradParameters]):
    """EigenGrad-CAM: Eigen-CAM of gradient · feature (Muhammad and Yeasin, IJCNN 2020; pytorch-grad-cam's form).

    As in that library the products are centred first. Departure: the sign, arbitrary there, is by default that of the
    sum of the products (Σ gradient · feature, less its mean over the cells).
    """

    def maps(self, evidence: Evidence) -> FloatArray:
        component = _by_svd if self.parameters.sign == "svd" else _signed
        return np.stack([component(one, evidence.features) for g in evidence.gradients() for one in g])


def _by_svd(gradient: FloatArray, features: FloatArray) -> FloatArray:
    return first_component(gradient * features, "svd")


def _signed(gradient: FloatArray, features: FloatArray) -> FloatArray:
    """The component (h, w) with the sign of the products' sum; 0 where the products are the same everywhere."""
    products = np.asarray(gradient * features, np.float64).reshape(len(features), -1)
    products -= products.mean(axis=1, keepdims=True)
    with one_thread():
        found = _first(products)
    turned = -found if found @ products.sum(axis=0) < 0 else found
    return np.asarray(turned.reshape(features.shape[1:]), np.float32)


def _first(products: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centred products (C, cells) projected on their first left singular vector, (cells,).

    From the smaller one of the matrices of channels with channels and cells with cells, whose largest eigenvector is
    enough: a fraction of the time of a decomposition of the products themselves.
    """
    channels, cells = products.shape
    if channels <= cells:
        _, vectors = eigh(products @ products.T, subset_by_index=(channels - 1, channels - 1))
        return np.asarray(vectors[:, 0] @ products)
    values, vectors = eigh(products.T @ products, subset_by_index=(cells - 1, cells - 1))
    return np.asarray(vectors[:, 0] * np.sqrt(max(values[0], 0.0)))


def _remark(explanation: Explanation) -> str:
    side = {"gradient": "positive where contributions add up to more", "svd": "its sign is arbitrary"}
    return f"No unit; {side[explanation.parameters['sign']]}."


ENTRY = Entry(
    key="eigengradcam",
    label="EigenGrad-CAM",
    needs=FEATURES,
    parameters=EigenGradParameters,
    factory=EigenGradCam,
    cost=gradient_cost,
    paper="Muhammad and Yeasin, Eigen-CAM, IJCNN 2020; with gradients in pytorch-grad-cam, 2021",
    words="Where the contributions to the finding vary most, in the one direction that holds most of them. What most "
    "channels share counts more than what the logit is made of.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="bilinear",
        published=cam_picture,
        negative_means="Only that this place lies on the other side of the mean.",
        remark=_remark,
    ),
    standard=False,
)
