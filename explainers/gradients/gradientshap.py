"""GradientSHAP: expected gradients."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from explainers.entry import Entry
from explainers.gradients.pixels import PIXEL_VIEW, PixelExplainer, passes
from explainers.gradients.smoothgrad import NoiseParameters, noisy_images
from explainers.types import FloatArray, IsCancelled
from models.capabilities import MODULE, Logits

if TYPE_CHECKING:
    from explainers.gradients.passes import Point
    from explainers.model_run import ModelRun


class GradientShap(PixelExplainer[NoiseParameters]):
    """Mean of (x − x') · ∂y/∂x at a random place between x' and the noisy image (Lundberg and Lee, NeurIPS 2017).

    As in captum and shap. Departure: x' is drawn not from other radiographs, of which there may be none, but from the
    images of one grey, each as likely as its grey is among the image's pixels. The maps add up to the logit less the
    mean logit of these, in expectation over the draws and for noise 0.
    """

    def maps(self, run: "ModelRun", cancelled: IsCancelled) -> tuple[FloatArray, str]:
        from explainers.gradients.passes import weighted_gradients

        return weighted_gradients(run, self._points(run.image), cancelled), ""

    def _points(self, image: FloatArray) -> "Iterator[Point]":
        from explainers.gradients.passes import Point

        share = np.float32(1 / self.parameters.samples)
        generator = np.random.default_rng([self.parameters.seed, 1])  # not the noise's
        for noisy in noisy_images(image, self.parameters):
            baseline, place = generator.choice(image.ravel()), generator.random(dtype=np.float32)
            difference = noisy - baseline
            yield Point(baseline + place * difference, share * difference)


def _cost(parameters: NoiseParameters, model: Logits | None) -> int:
    return passes(parameters.samples, model)


ENTRY = Entry(
    key="gradientshap",
    label="GradientSHAP",
    needs=MODULE,
    parameters=NoiseParameters,
    factory=GradientShap,
    cost=_cost,
    paper="Lundberg and Lee, A unified approach to interpreting model predictions, NeurIPS 2017",
    words="Integrated gradients, averaged over many baselines and noisy images, at one random point of each path. An "
    "estimate of Shapley values where the network is nearly linear; the seed is fixed.",
    view=PIXEL_VIEW,
    kind="gradients",
    standard=False,
    own_passes=True,
)
