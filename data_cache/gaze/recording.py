"""A reading as it was recorded, of which the map of any part can be made."""

from dataclasses import dataclass

from data_cache.gaze.fixations import Fixations, Weighing
from data_cache.gaze.phrases import Phrase


@dataclass(frozen=True, eq=False)
class Recording:
    """Fixations with what was said meanwhile.

    Attributes:
        fixations: of the whole reading.
        weigh: how the dataset's authors weight them.
        phrases: by their times; none where nothing was written down.
        problems: a sentence for each row that cannot be used and is left out, and for a transcript that is missing.
    """

    fixations: Fixations
    weigh: Weighing
    phrases: tuple[Phrase, ...] = ()
    problems: tuple[str, ...] = ()
