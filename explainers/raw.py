"""The patch model's own explanation: its patch logits where the patches are."""

from explainers.base import FloatArray
from explainers.shifted import ShiftedExplainer, ShiftParameters


class RawMap(ShiftedExplainer[ShiftParameters]):
    """Raw patch map of MedicalPatchNet, in logits.

    The image logit is exactly the mean of the patch logits, so the plain grid's map (shift_steps 1) says exactly what
    each patch adds. Wienholt et al., Scientific Reports 2026.
    """

    def values(self, logits: FloatArray) -> FloatArray:
        return logits
