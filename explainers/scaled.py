"""The patch model's explanation, weighted with what it thinks of the whole image."""

from pydantic import Field

from explainers.entry import Entry
from explainers.patch_maps import Pairing, scale_by_probability
from explainers.shifted import PAPER, PATCH_VIEW, ShiftedExplainer, ShiftParameters, shift_cost
from explainers.types import FloatArray
from models.capabilities import PATCH_LOGITS


class ScaledParameters(ShiftParameters):
    """As for the raw map, and whose probability scales a shift's logits."""

    pairing: Pairing = Field(
        default="own",
        title="Probability",
        description="own: each shift's logits times its own probability, as the paper means it; paper: as the official "
        "code pairs them, which lays logits where other shifts belong and gives the published numbers. The same with "
        "one shift step.",
    )


class ScaledMap(ShiftedExplainer[ScaledParameters]):
    """Raw patch map times the predicted probability, so that improbable findings stay pale.

    Wienholt et al., Scientific Reports 2026. By default each shift is multiplied by its own probability; the official
    code pairs them differently, see `explainers.patch_maps.scale_by_probability`.
    """

    def values(self, logits: FloatArray) -> FloatArray:
        return scale_by_probability(logits, self.parameters.pairing)


ENTRY = Entry(
    key="scaled",
    label="Scaled patch map",
    needs=PATCH_LOGITS,
    parameters=ScaledParameters,
    factory=ScaledMap,
    cost=shift_cost,
    paper=PAPER,
    words="The raw patch map times the predicted probability: findings that the model thinks improbable stay pale.",
    view=PATCH_VIEW,
    refines="shift_steps",
)
