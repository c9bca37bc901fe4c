"""Layer-wise relevance propagation."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pydantic import Field

from explainers.baselines import baseline_of
from explainers.entry import Entry
from explainers.explanation import Explanation
from explainers.gradients.deeplift import BaselineParameters
from explainers.gradients.pixels import PIXEL_VIEW, PixelExplainer, passes, pixel_remark
from explainers.types import FloatArray, IsCancelled
from models.capabilities import RECTIFIED, Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun


class RelevanceParameters(BaselineParameters):
    """The rule of the convolutions."""

    gamma: float = Field(
        default=0.25,
        ge=0,
        le=100,
        title="γ",
        description="By how much positive weights count more in all convolutions but the first; 0 is the rule ε, which "
        "is noisier, and with black as baseline nearly input × gradient.",
    )


class LayerwiseRelevance(PixelExplainer[RelevanceParameters]):
    """Relevance that each layer hands to the one before, by shares (Bach et al., PLOS ONE 2015).

    The composite of Montavon et al. (2019, Layer-wise relevance propagation: an overview, section 10.3), without its
    rule for pixels: linear layers, the first convolution and batch norms that do not follow a convolution have the rule
    ε (10⁻⁶), all other convolutions the rule γ, for activations that are not negative. A batch norm right after a
    convolution is one layer with it. Max pooling hands all to the maximum; sums, concatenations and means hand on what
    each part is of the whole. Biases keep their share, so that the maps add up to the logit less what biases got;
    without biases, and with a baseline for which the first layer gives 0, they add up to the logit.

    Pixels get (x − x') times what arrives, x' being the baseline, whose part counts to the first layer's bias.

    Departure: neither zennit nor captum is used, since neither takes these networks: zennit 0.5.1 has no canonizer for
    DenseNets or for timm's layers, and captum counts relevance twice where layers are summed. On plain networks the
    maps are both libraries'.
    """

    def maps(self, run: "ModelRun", cancelled: IsCancelled) -> tuple[FloatArray, str]:
        from explainers.gradients.passes import Point, weighted_gradients
        from explainers.gradients.rules import Relevance

        baseline = baseline_of(run.image, self.parameters.baseline)
        rules = partial(Relevance, self.parameters.gamma)
        return weighted_gradients(run, [Point(run.image, run.image - baseline)], cancelled, rules), ""


def _cost(_parameters: RelevanceParameters, model: Logits | None) -> int:
    return passes(1, model)


def _remark(explanation: Explanation) -> str:
    rule = f"γ = {explanation.parameters['gamma']:g}" if explanation.parameters["gamma"] else "rule ε"
    return f"Relevance by {rule}; biases keep their share. {pixel_remark(explanation)}"


ENTRY = Entry(
    key="lrp",
    label="LRP",
    needs=RECTIFIED,
    parameters=RelevanceParameters,
    factory=LayerwiseRelevance,
    cost=_cost,
    paper="Bach et al., Pixel-wise explanations by layer-wise relevance propagation, PLOS ONE 2015",
    words="The logit, passed back layer by layer down to the pixels: each neuron gets the share that it contributed to "
    "those after it.",
    view=replace(PIXEL_VIEW, remark=_remark),
    standard=False,
    kind="gradients",
    own_passes=True,
)
