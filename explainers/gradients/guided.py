"""Guided backpropagation, with the warning that it deserves."""

from dataclasses import replace
from typing import TYPE_CHECKING

from explainers.entry import Entry
from explainers.explanation import Explanation
from explainers.gradients.pixels import PIXEL_VIEW, PixelExplainer, PixelParameters, passes, pixel_remark
from explainers.types import FloatArray, IsCancelled
from models.capabilities import RECTIFIED, Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun

WARNING = (
    "Guided backpropagation fails its sanity check: with random weights in place of trained ones it draws nearly the "
    "same edges (Adebayo et al., NeurIPS 2018), so it says little about what this model has learned."
)


class GuidedBackpropagation(PixelExplainer[PixelParameters]):
    """The gradient, with negative values dropped at each ReLU on the way back (Springenberg et al., 2015, section 3.4).

    As in captum, the map is what arrives at the pixels, not multiplied with them.
    """

    def maps(self, run: "ModelRun", cancelled: IsCancelled) -> tuple[FloatArray, str]:
        from explainers.gradients.passes import Point, weighted_gradients
        from explainers.gradients.rules import guided

        return weighted_gradients(run, [Point(run.image)], cancelled, guided), ""


def _cost(_parameters: PixelParameters, model: Logits | None) -> int:
    return passes(1, model)


def _remark(explanation: Explanation) -> str:
    return f"{WARNING} {pixel_remark(explanation)}"


ENTRY = Entry(
    key="guided",
    label="Guided backpropagation",
    needs=RECTIFIED,
    parameters=PixelParameters,
    factory=GuidedBackpropagation,
    cost=_cost,
    paper="Springenberg et al., Striving for simplicity, ICLR 2015 workshop (arXiv 1412.6806)",
    words="The gradient with everything left out that opposes any neuron on its way. It looks sharp because it "
    "reconstructs edges of the image, whatever the network learned.",
    view=replace(PIXEL_VIEW, remark=_remark),
    standard=False,
    kind="gradients",
    own_passes=True,
)
