"""Score-CAM: feature maps weighted by what the model says of the image seen through each of them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from explainers.base import Explainer, Parameters, Stage
from explainers.baselines import BASELINE_WORDS, BaselineName, baseline_of
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.gradcam import weighted_sum
from explainers.perturbation.coarse import stage_counts
from explainers.perturbation.passes import altered_logits
from explainers.published import cam_picture
from explainers.types import FloatArray, IsCancelled
from models.capabilities import FEATURES, Features, Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun
    from models.predictions import FeaturePrediction

Enlarging = Literal["centres", "corners"]
_OFFICIAL_CHANNELS = 1280
_LEAST = 32  # channels of which a coarse map is made
_FLAT = "All feature maps are flat, so that there is nothing to see the image through."


class ScoreCamParameters(Parameters):
    """Which channels, and how they become masks."""

    channels: int | None = Field(
        default=None,
        ge=1,
        title="Channels",
        description="At most so many, those that vary most over the image first, each of which takes one pass; empty "
        "for all.",
    )
    enlarging: Enlarging = Field(
        default="centres",
        title="Enlarging",
        description="How a feature map becomes a mask. centres: a value stands in the middle of its cell; corners: the "
        "outermost ones stand on the image's edge, as in pytorch-grad-cam.",
    )
    baseline: BaselineName = Field(default="black", title="Baseline", description=BASELINE_WORDS)


class ScoreCam(Explainer[ScoreCamParameters]):
    """Σ softmax over channels (y(x seen through channel k)) · A_k (Wang et al., CVPR workshops 2020, equations 4 to 6).

    A mask is the channel, enlarged bilinearly and brought to [0, 1] by its own extremes. The paper takes the logit of
    an empty image off each score, which the softmax cancels. All findings share the passes. Departures: the ReLU of
    equation 6 belongs to the picture; channels that are flat over the image, whose mask is 0/0, are left out. The
    default baseline is the paper's black, which on a radiograph is air.

    pytorch-grad-cam enlarges by corners (`enlarging`), and adds 10⁻⁸ to the range of each mask, so that a flat channel
    hides all of the image and counts. torchcam divides by 0 there.
    """

    def stages(self, run: "ModelRun", cancelled: IsCancelled) -> Iterator[Stage]:
        """One stage for each of several growing numbers of channels, those that vary most first."""
        features, asked = cast("FeaturePrediction", run.prediction).features, self.parameters
        order = by_variance(features)[: asked.channels]
        if not order:
            yield Stage(np.zeros((len(run.logits), *features.shape[1:]), np.float32), asked, _FLAT)
            return
        baseline = baseline_of(run.image, asked.baseline)
        way = ("scorecam", asked.enlarging, asked.baseline)

        def seen(channels: Sequence[int]) -> FloatArray:
            masks = masks_of(features[list(channels)], run.model.input_size, asked.enlarging)
            return np.asarray(run.image * masks + baseline * (1 - masks), np.float32)

        counts = stage_counts(len(order), _LEAST)
        for count in counts:
            logits = altered_logits(run, way, order[:count], seen, cancelled)
            parameters = asked if count == counts[-1] else asked.model_copy(update={"channels": count})
            yield Stage(score_maps(logits, features[order[:count]]), parameters)


def by_variance(features: FloatArray) -> list[int]:
    """Channels of features (C, h, w) that are not flat, those with the largest variance over space first."""
    flat = features.reshape(len(features), -1)
    order = np.argsort(-flat.var(axis=1, dtype=np.float64), kind="stable")
    return [int(channel) for channel in order if flat[channel].max() > flat[channel].min()]


def masks_of(features: FloatArray, size: int, enlarging: Enlarging) -> FloatArray:
    """Features (n, h, w), none of them flat, as masks (n, size, size) float32 from 0 to 1."""
    rows, columns = (interpolation(size, cells, enlarging) for cells in features.shape[1:])
    large = rows @ features @ columns.T
    low, high = (extreme(axis=(1, 2), keepdims=True) for extreme in (large.min, large.max))
    return np.asarray((large - low) / (high - low), np.float32)


def interpolation(size: int, cells: int, enlarging: Enlarging) -> FloatArray:
    """Weights (size, cells) float32 with which values of cells become those of pixels, linearly; rows add up to 1."""
    pixels = np.arange(size)
    if enlarging == "centres":
        at = ((pixels + 0.5) * cells / size - 0.5).clip(0, cells - 1)
    else:
        at = pixels * (cells - 1) / max(1, size - 1)
    distance = np.abs(at[:, None] - np.arange(cells))
    return np.maximum(0, 1 - distance).astype(np.float32)


def score_maps(logits: FloatArray, features: FloatArray) -> FloatArray:
    """Logits (n, 14) of the image seen through features (n, h, w), NaN as they are -> maps (14, h, w) float32."""
    from scipy.special import softmax  # slow to import, and not needed to know the methods

    weights: NDArray[np.float64] = softmax(logits.astype(np.float64), axis=0)
    return weighted_sum(weights.T.astype(np.float32), features)


def _cost(parameters: ScoreCamParameters, model: Logits | None) -> int:
    channels = _OFFICIAL_CHANNELS if model is None else cast(Features, model).feature_channels
    return 1 + min(channels, parameters.channels or channels)


def _remark(explanation: Explanation) -> str:
    return f"No unit; scaled to its own strongest value. Baseline: {explanation.parameters['baseline']}."


ENTRY = Entry(
    key="scorecam",
    label="Score-CAM",
    needs=FEATURES,
    parameters=ScoreCamParameters,
    factory=ScoreCam,
    cost=_cost,
    paper="Wang et al., Score-CAM, CVPR workshops 2020",
    words="The network's features, each weighted by what the finding's logit is when the image is seen through that "
    "feature alone. No gradients; one pass for each feature.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="bilinear",
        published=cam_picture,
        negative_means="The features are negative here; what raises the logit lies elsewhere.",
        remark=_remark,
    ),
    kind="perturbation",
    standard=False,
    own_passes=True,
    coarse="channels",
)
