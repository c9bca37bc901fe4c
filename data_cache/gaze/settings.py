"""What a gaze map is made of."""

from dataclasses import dataclass
from typing import Literal

from data_cache.gaze.fixations import Weighing

Part = Literal["whole", "phrases"]


@dataclass(frozen=True)
class GazeSettings:
    """Choices for the datasets that have fixations; those with finished maps have none to make.

    Attributes:
        part: one map a reading, or one a phrase that was said.
        lead: seconds by which the window of a phrase begins before it is said, for people look first.
        weigh: how fixations are weighted; None: as the dataset's authors do.
    """

    part: Part = "whole"
    lead: float = 0.0
    weigh: Weighing | None = None
