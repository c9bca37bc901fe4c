"""Input × gradient."""

from typing import TYPE_CHECKING

from explainers.entry import Entry
from explainers.gradients.pixels import PIXEL_VIEW, PixelExplainer, PixelParameters, passes
from explainers.types import FloatArray, IsCancelled
from models.capabilities import MODULE, Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun


class InputXGradient(PixelExplainer[PixelParameters]):
    """x · ∂y/∂x, pixel by pixel (Shrikumar et al., 2016, Not just a black box, section 2).

    x is the image in [0, 1], whatever the network makes of it at first, so that black pixels count nothing.
    """

    def maps(self, run: "ModelRun", cancelled: IsCancelled) -> tuple[FloatArray, str]:
        from explainers.gradients.passes import Point, weighted_gradients

        return weighted_gradients(run, [Point(run.image, run.image)], cancelled), ""


def _cost(_parameters: PixelParameters, model: Logits | None) -> int:
    return passes(1, model)


ENTRY = Entry(
    key="inputxgradient",
    label="Input × gradient",
    needs=MODULE,
    parameters=PixelParameters,
    factory=InputXGradient,
    cost=_cost,
    paper="Shrikumar et al., Not just a black box, 2016 (arXiv 1605.01713)",
    words="Each pixel's brightness times how much the finding's logit would grow if it were brighter. Exact for "
    "very small changes only, and noisy.",
    view=PIXEL_VIEW,
    kind="gradients",
    standard=False,
    own_passes=True,
)
