"""The settings of a teacher."""

from typing import Annotated

from pydantic import Field

from models.training.config.base import Strict


class TeacherConfig(Strict):
    """A trained model whose probabilities a network learns beside the labels (see `models.training.teacher`).

    Attributes:
        kind: its name in the registry.
        weights: official, demo, auto, an hf:// address or a file, as for the commands.
        alpha: share of its term: (1 − alpha) · classification + alpha · distillation.
        temperature: both sides' logits are divided by it, and the term is multiplied by its square.
    """

    kind: str
    weights: str = "auto"
    alpha: Annotated[float, Field(gt=0, le=1)] = 0.5
    temperature: float = Field(default=1.0, gt=0, le=100)
