"""The patch model's own explanation: its patch logits where the patches are."""

from explainers.entry import Entry
from explainers.shifted import PAPER, PATCH_VIEW, ShiftedExplainer, ShiftParameters, shift_cost
from explainers.types import FloatArray
from models.capabilities import PATCH_LOGITS


class RawMap(ShiftedExplainer[ShiftParameters]):
    """Raw patch map of MedicalPatchNet, in logits.

    The image logit is exactly the mean of the patch logits, so the plain grid's map (shift_steps 1) says exactly what
    each patch adds. Wienholt et al., Scientific Reports 2026.
    """

    def values(self, logits: FloatArray) -> FloatArray:
        return logits


ENTRY = Entry(
    key="raw",
    label="Raw patch map",
    needs=PATCH_LOGITS,
    parameters=ShiftParameters,
    factory=RawMap,
    cost=shift_cost,
    paper=PAPER,
    words="What each patch by itself adds to the finding's logit or takes from it; on the plain grid, the mean of "
    "the map is exactly the logit.",
    view=PATCH_VIEW,
    mean_is_logit=True,
    refines="shift_steps",
)
