"""DeepLIFT, by its rule Rescale."""

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from data_cache.findings import FINDINGS
from explainers.baselines import BASELINE_WORDS, BaselineName, baseline_of
from explainers.entry import Entry
from explainers.gradients.integrated import completeness
from explainers.gradients.pixels import PIXEL_VIEW, PixelExplainer, PixelParameters, passes
from explainers.types import FloatArray, IsCancelled
from models.capabilities import RECTIFIED, Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun


class BaselineParameters(PixelParameters):
    """What the image is compared with."""

    baseline: BaselineName = Field(default="mean", title="Baseline", description=BASELINE_WORDS)


class DeepLift(PixelExplainer[BaselineParameters]):
    """(x − x') times multipliers that are chained like gradients (Shrikumar et al., ICML 2017, sections 3.2 to 3.5.2).

    At a ReLU the multiplier is Δ output / Δ input in place of the derivative (rule Rescale); at max pooling what the
    maximum rose by goes to where it is and what it fell by to where it was, as in shap and captum. The maps add up to
    y(x) − y(x'). captum 0.9.0 is not used, and agrees only where max pooling neither follows a ReLU nor has windows
    that overlap; these networks have both, and its maps no longer add up (by 8 % and 90 % on small ones).
    """

    def maps(self, run: "ModelRun", cancelled: IsCancelled) -> tuple[FloatArray, str]:
        """Multipliers times (x − x'), (14, s, s), and how far their sums are from y(x) − y(x')."""
        from explainers.gradients.passes import each_gradient
        from explainers.gradients.rules import rescaled

        baseline = baseline_of(run.image, self.parameters.baseline)
        maps = np.zeros((len(FINDINGS), *run.image.shape), np.float32)
        for place, multipliers in each_gradient(run, np.stack([run.image, baseline]), cancelled, rescaled):
            maps[place] = multipliers[0].cpu().numpy() * (run.image - baseline)
        return maps, completeness(run, baseline, maps)


def _cost(_parameters: BaselineParameters, model: Logits | None) -> int:
    return passes(2, model) + 1


ENTRY = Entry(
    key="deeplift",
    label="DeepLIFT",
    needs=RECTIFIED,
    parameters=BaselineParameters,
    factory=DeepLift,
    cost=_cost,
    paper="Shrikumar et al., Learning important features through propagating activation differences, ICML 2017",
    words="How much each pixel's difference from the baseline changes the logit, passed back layer by layer in "
    "proportion to how much each neuron changed.",
    view=PIXEL_VIEW,
    standard=False,
    kind="gradients",
    own_passes=True,
)
