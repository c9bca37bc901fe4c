"""SmoothGrad over a method by gradients."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from explainers.baselines import BASELINE_WORDS, BaselineName, baseline_of
from explainers.entry import Entry
from explainers.gradients.integrated import way
from explainers.gradients.pixels import PIXEL_VIEW, PixelExplainer, PixelParameters, passes
from explainers.types import FloatArray, IsCancelled
from models.capabilities import MODULE, Logits

if TYPE_CHECKING:
    from explainers.gradients.passes import Point
    from explainers.model_run import ModelRun

NOISE_WORDS = (
    "Standard deviation of the noise that is added to the image, as a share of the image's range from its darkest to "
    "its brightest pixel."
)


class NoiseParameters(PixelParameters):
    """Noise that is the same at every call."""

    samples: int = Field(default=16, ge=1, le=256, title="Samples", description="Noisy images whose maps are averaged.")
    noise: float = Field(default=0.1, ge=0, le=1, title="Noise", description=NOISE_WORDS)
    seed: int = Field(default=0, ge=0, le=9999, title="Seed", description="Other seeds give other noise.")


class SmoothParameters(NoiseParameters):
    """What is averaged over noise."""

    of: Literal["gradient", "inputxgradient", "integrated"] = Field(
        default="gradient",
        title="Of",
        description="What is averaged: the plain gradient, input × gradient, or integrated gradients.",
    )
    baseline: BaselineName = Field(
        default="mean", title="Baseline", description=f"Of integrated gradients alone. {BASELINE_WORDS}"
    )
    steps: int = Field(
        default=8, ge=1, le=128, title="Steps", description="Of integrated gradients alone: images on each way."
    )


class SmoothGrad(PixelExplainer[SmoothParameters]):
    """The mean of a method's maps over noisy images (Smilkov et al., 2017, section 3).

    Signed: the paper's pictures show the gradient's absolute value. The baseline is the plain image's.
    """

    def maps(self, run: "ModelRun", cancelled: IsCancelled) -> tuple[FloatArray, str]:
        from explainers.gradients.passes import weighted_gradients

        return weighted_gradients(run, self._points(run.image), cancelled), ""

    def _points(self, image: FloatArray) -> "Iterator[Point]":
        from explainers.gradients.passes import Point

        chosen, share = self.parameters, 1 / self.parameters.samples
        for noisy in noisy_images(image, chosen):
            if chosen.of == "integrated":
                yield from way(noisy, baseline_of(image, chosen.baseline), chosen.steps, share)
            else:
                yield Point(noisy, share if chosen.of == "gradient" else np.float32(share) * noisy)


def noisy_images(image: FloatArray, parameters: NoiseParameters) -> Iterator[FloatArray]:
    """The image with noise, (s, s) float32, as often as there are samples; not cut to [0, 1]."""
    generator = np.random.default_rng(parameters.seed)
    deviation = np.float32(parameters.noise * np.ptp(image))
    for _ in range(parameters.samples):
        yield np.asarray(image + deviation * generator.standard_normal(image.shape, np.float32), np.float32)


def _cost(parameters: SmoothParameters, model: Logits | None) -> int:
    return passes(parameters.samples * (parameters.steps if parameters.of == "integrated" else 1), model)


ENTRY = Entry(
    key="smoothgrad",
    label="SmoothGrad",
    needs=MODULE,
    parameters=SmoothParameters,
    factory=SmoothGrad,
    cost=_cost,
    paper="Smilkov et al., SmoothGrad, 2017 (arXiv 1706.03825)",
    words="The mean gradient over copies of the image with noise added, which averages out what depends on chance in "
    "single pixels. The seed is fixed, so that the same image gives the same map.",
    view=PIXEL_VIEW,
    kind="gradients",
    standard=False,
    own_passes=True,
)
