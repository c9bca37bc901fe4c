"""What a gaze map is made of."""

import math
from dataclasses import dataclass
from typing import Literal

from data_cache.gaze.fixations import Fixations, Weighing
from data_cache.gaze.phrases import Phrase

Part = Literal["whole", "phrases"]


@dataclass(frozen=True)
class GazeSettings:
    """Choices for the datasets that have fixations; those with finished maps have none to make.

    Attributes:
        part: one map a reading, or one a phrase that was said.
        lead: seconds by which the window of a phrase begins before it is said, for people look first.
        weigh: how fixations are weighted; None: as the dataset's authors do.
        start, end: the window of time of whole readings, in seconds; None: from the first fixation, to the last.
    """

    part: Part = "whole"
    lead: float = 0.0
    weigh: Weighing | None = None
    start: float | None = None
    end: float | None = None

    def words(self, what: str, phrase: Phrase | None) -> str:
        """What to call a part of a reading in messages: with its phrase, or its window of time."""
        if phrase is not None:
            return f"{what}, {phrase.text[:60]!r}"
        start = "" if self.start is None else f" from {self.start:g} s"
        return what + start + ("" if self.end is None else f" up to {self.end:g} s")

    def of(self, fixations: Fixations, phrase: Phrase | None) -> Fixations:
        """Return those of a phrase, or of a whole reading those in the window of time."""
        if phrase is not None:
            return fixations.during(phrase.start - self.lead, phrase.end)
        if self.start is self.end is None:
            return fixations
        return fixations.during(
            -math.inf if self.start is None else self.start, math.inf if self.end is None else self.end
        )
