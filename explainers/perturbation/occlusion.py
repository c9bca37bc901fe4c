"""Occlusion: what the logit loses when a window of the image is covered."""

from collections.abc import Iterator, Sequence
from functools import partial
from math import gcd
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from data_cache.errors import InputError
from explainers.base import Explainer, Parameters, Stage
from explainers.baselines import BASELINE_WORDS, BaselineName, baseline_of
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.perturbation.passes import altered_logits
from explainers.published import positive_picture
from explainers.types import FloatArray, IsCancelled
from models.architecture import OFFICIAL_INPUT_SIZE
from models.capabilities import LOGITS, Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun

Place = tuple[int, int]


class OcclusionParameters(Parameters):
    """The window, how it moves, and what it shows."""

    window: int = Field(default=64, ge=1, le=8192, title="Window", description="Side of the covered square in pixels.")
    stride: int = Field(
        default=32,
        ge=1,
        le=8192,
        title="Stride",
        description="Pixels from one window to the next, at most the window's side. Half of it takes four times as "
        "many passes.",
    )
    baseline: BaselineName = Field(default="mean", title="Baseline", description=BASELINE_WORDS)


class Occlusion(Explainer[OcclusionParameters]):
    """y(x) − y(x with a window covered), over all windows that cover a pixel the mean (Zeiler and Fergus, ECCV 2014).

    As in captum: the last window of a row may reach beyond the image and is cut off there. The map is constant on
    squares of gcd(window, stride, image) pixels and is kept with one value for each. Coarse stages have the stride
    doubled, as often as it stays within the window: they share their passes with the last.
    """

    def check(self, run: "ModelRun") -> None:
        """Raise InputError where the window is larger than the input, or the stride than the window."""
        window, stride, size = self.parameters.window, self.parameters.stride, run.model.input_size
        if window > size:
            raise InputError(
                f"Expected a window of at most {size} pixels, the side of {run.key}'s input, found {window}; take a "
                "smaller one."
            )
        if stride > window:
            raise InputError(
                f"Expected a stride of at most the window's {window} pixels, found {stride}, which would leave parts "
                "of the image untouched; take a smaller stride or a larger window."
            )

    def stages(self, run: "ModelRun", cancelled: IsCancelled) -> Iterator[Stage]:
        """One stage for each stride, the coarsest first; finer ones use the passes of the last."""
        window, baseline = self.parameters.window, baseline_of(run.image, self.parameters.baseline)
        way = ("occlusion", window, self.parameters.baseline)
        make = partial(covered, run.image, baseline, window)
        size = run.model.input_size
        for stride in strides(self.parameters):
            places = windows(size, window, stride)
            logits = altered_logits(run, way, places, make, cancelled)
            maps = mean_losses(run.logits - logits, places, window, size, gcd(window, stride, size))
            yield Stage(maps, self.parameters.model_copy(update={"stride": stride}))


def strides(parameters: OcclusionParameters) -> tuple[int, ...]:
    """The strides of all stages, the coarsest first."""
    chain = [parameters.stride]
    while chain[0] * 2 <= parameters.window:
        chain.insert(0, chain[0] * 2)
    return tuple(chain)


def windows(size: int, window: int, stride: int) -> list[Place]:
    """The upper left corners (row, column) of all windows, row by row."""
    count = 1 + -(-max(0, size - window) // stride)
    return [(row * stride, column * stride) for row in range(count) for column in range(count)]


def covered(image: FloatArray, baseline: FloatArray, window: int, places: Sequence[Place]) -> FloatArray:
    """Copies of an image (s, s), each with one window replaced by what the baseline has there: (n, s, s) float32.

    Raises:
        InputError: the baseline has another size than the image.
    """
    if baseline.shape != image.shape:
        raise InputError(
            f"Expected a baseline of the image's size {image.shape}, found {baseline.shape}; resize it to the image."
        )
    images = np.repeat(image[None], len(places), axis=0)
    for one, (row, column) in zip(images, places, strict=True):
        part = slice(row, row + window), slice(column, column + window)
        one[part] = baseline[part]
    return images


def mean_losses(losses: FloatArray, places: Sequence[Place], window: int, size: int, cell: int) -> FloatArray:
    """Lay what each window costs over the pixels that it covers, and take the mean where several do.

    Args:
        losses: (windows, 14).
        places: their corners.
        window, size: sides of a window and of the image in pixels.
        cell: side of the squares that each value stands for; divides both, and all corners.

    Returns:
        (14, size/cell, size/cell) float32.
    """
    side, reach = size // cell, window // cell
    total = np.zeros((losses.shape[1], side, side))
    count = np.zeros((side, side))
    for loss, (row, column) in zip(losses, places, strict=True):
        part = slice(row // cell, row // cell + reach), slice(column // cell, column // cell + reach)
        total[(slice(None), *part)] += loss[:, None, None]
        count[part] += 1
    return (total / count).astype(np.float32)


def _cost(parameters: OcclusionParameters, model: Logits | None) -> int:
    size = OFFICIAL_INPUT_SIZE if model is None else model.input_size
    places = {place for stride in strides(parameters) for place in windows(size, parameters.window, stride)}
    return 1 + len(places)


def _remark(explanation: Explanation) -> str:
    window, baseline = explanation.parameters["window"], explanation.parameters["baseline"]
    return f"What the logit loses without windows of {window}×{window} pixels; baseline: {baseline}."


ENTRY = Entry(
    key="occlusion",
    label="Occlusion",
    needs=LOGITS,
    parameters=OcclusionParameters,
    factory=Occlusion,
    cost=_cost,
    paper="Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014",
    words="What the finding's logit loses when a window of the image is covered. It asks the model itself, but about "
    "images that no patient has.",
    view=View(
        sign="signed",
        floor="zero",
        resampling="nearest",
        published=positive_picture,
        unit="Δ logit",
        negative_means="Covering this place raises the finding's logit.",
        negative_opposes=True,
        remark=_remark,
    ),
    kind="perturbation",
    standard=False,
    own_passes=True,
    coarse="stride",
)
