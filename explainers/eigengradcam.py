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
_ROUNDS, _SETTLED = 24, 1e-9  # of power iteration; the residual as a share of the eigenvalue


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
        components = _by_svd if self.parameters.sign == "svd" else _signed
        return np.concatenate([components(g, evidence.features) for g in evidence.gradients()])


def _by_svd(gradients: FloatArray, features: FloatArray) -> FloatArray:
    return np.stack([first_component(one * features, "svd") for one in gradients])


def _signed(gradients: FloatArray, features: FloatArray) -> FloatArray:
    """Components (n, h, w) with the sign of the products' sum; 0 where the products are the same everywhere.

    `gradients` are (n, C, h, w), or (n, C, 1, 1), of features (C, h, w).
    """
    with one_thread():
        if gradients.shape[2:] == (1, 1):
            found, sums = _of_weights(gradients[:, :, 0, 0].astype(np.float64), _centred(features))
        else:
            products = [_centred(one * features) for one in gradients]
            found, sums = np.stack([_first(one) for one in products]), np.stack([one.sum(axis=0) for one in products])
    turned = np.where((found * sums).sum(axis=1, keepdims=True) < 0, -found, found)
    return np.asarray(turned.reshape(-1, *features.shape[1:]), np.float32)


def _centred(values: FloatArray) -> NDArray[np.float64]:
    """(C, h, w) as (C, cells), each channel less its mean."""
    flat = values.reshape(len(values), -1).astype(np.float64)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat


def _of_weights(weights: NDArray[np.float64], centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Where a gradient is one weight (n, C) a channel: components and sums over the channels, both (n, cells).

    Power iteration for all findings at once, so that the features are read once a round and no finding's products are
    ever made. What has not settled after some rounds, since its second component is nearly as large, is decomposed.
    """
    squares = weights.T**2
    vectors = np.random.default_rng(0).normal(size=(centred.shape[1], len(weights)))  # no direction is left out
    vectors /= np.linalg.norm(vectors, axis=0)
    for _ in range(_ROUNDS):
        given = centred.T @ (squares * (centred @ vectors))
        values = np.linalg.norm(given, axis=0)
        settled = np.linalg.norm(given - values * vectors, axis=0) <= _SETTLED * values
        vectors = given / np.where(values > 0, values, 1)
        if settled.all():
            break
    found = (vectors * np.sqrt(values)).T
    for one in np.flatnonzero(~settled):
        found[one] = _first(centred * weights[one][:, None])
    return found, weights @ centred


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
