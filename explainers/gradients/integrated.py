"""Integrated gradients."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from explainers.baselines import BASELINE_WORDS, BaselineName, baseline_of
from explainers.entry import Entry
from explainers.gradients.pixels import PIXEL_VIEW, PixelExplainer, PixelParameters, passes
from explainers.types import FloatArray, IsCancelled
from models.capabilities import MODULE, Logits

if TYPE_CHECKING:
    from explainers.gradients.passes import Point
    from explainers.model_run import ModelRun


class IntegratedParameters(PixelParameters):
    """The way from the baseline to the image."""

    baseline: BaselineName = Field(default="mean", title="Baseline", description=BASELINE_WORDS)
    steps: int = Field(
        default=32, ge=1, le=512, title="Steps", description="Images between the baseline and the image."
    )


class IntegratedGradients(PixelExplainer[IntegratedParameters]):
    """(x − x') ∫₀¹ ∂y/∂x (x' + α(x − x')) dα (Sundararajan et al., ICML 2017, equation 1).

    The integral is Gauss and Legendre's sum over `steps` images, as in captum. The maps add up to y(x) − y(x'), as far
    as the sum is the integral: the note says how far.
    """

    def maps(self, run: "ModelRun", cancelled: IsCancelled) -> tuple[FloatArray, str]:
        from explainers.gradients.passes import weighted_gradients

        baseline = baseline_of(run.image, self.parameters.baseline)
        maps = weighted_gradients(run, way(run.image, baseline, self.parameters.steps), cancelled)
        return maps, completeness(run, baseline, maps)


def way(image: FloatArray, baseline: FloatArray, steps: int, weight: float = 1.0) -> "Iterator[Point]":
    """The points whose weighted gradients are the integral, times a weight."""
    from explainers.gradients.passes import Point

    nodes, weights = np.polynomial.legendre.leggauss(steps)
    difference = image - baseline
    for node, share in zip((1 + nodes) / 2, weights / 2, strict=True):
        at = np.asarray(baseline + np.float32(node) * difference, np.float32)
        yield Point(at, np.float32(weight * share) * difference)


def completeness(run: "ModelRun", baseline: FloatArray, maps: FloatArray) -> str:
    """Say how far the sums of maps are from the logits' differences between image and baseline; one more pass."""
    difference = run.logits - run.model.logits(baseline[None])[0]
    run.passed()
    miss = np.nanmax(np.abs(maps.sum(axis=(1, 2), dtype=np.float64) - difference))
    return f"Maps add up to the logits' differences from the baseline within {miss:.2g}."


def _cost(parameters: IntegratedParameters, model: Logits | None) -> int:
    return passes(parameters.steps, model) + 1


ENTRY = Entry(
    key="integrated",
    label="Integrated gradients",
    needs=MODULE,
    parameters=IntegratedParameters,
    factory=IntegratedGradients,
    cost=_cost,
    paper="Sundararajan et al., Axiomatic attribution for deep networks, ICML 2017",
    words="The gradient along the straight path from a baseline to the image. Each pixel gets its share of the "
    "difference between the image's logit and the baseline's; another path would give other shares.",
    view=PIXEL_VIEW,
    kind="gradients",
    standard=False,
    own_passes=True,
)
