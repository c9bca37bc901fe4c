"""Where somebody looked while reading a radiograph, as a map."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError

if TYPE_CHECKING:  # which imports this
    from data_cache.gaze.recording import Recording


@dataclass(frozen=True, eq=False)
class GazeMap:
    """An annotation that is a map and has no border: it is scored as a map, and enters no mean over masks.

    Attributes:
        case: id of the case.
        reader: who looked; the reading's own id where the dataset does not say.
        values: float32 (h, w), not negative, sum 1; it covers the whole radiograph, at any resolution.
        size: (height, width) of the radiograph in pixels.
        finding: CheXpert's name of the finding that was looked at; None where it is about none in particular.
        phrase: what was said meanwhile, or the part of the body that was described; "" for the whole reading.
        points: float64 (n, 2), (x, y) in pixels of the radiograph, of the fixations inside it; (0, 2) where the
            dataset has none.
        problems: a sentence for each row of its file that is left out.
    """

    case: str
    reader: str
    values: NDArray[np.float32]
    size: tuple[int, int]
    finding: str | None = None
    phrase: str = ""
    points: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One gaze map of a dataset, read or computed when it is asked for.

    Attributes:
        case, reader, finding, phrase: of the map.
        patient: whom the radiograph is of; the unit of resampling.
        size: (height, width) of the radiograph.
        kind: what maps of this kind have in common: "whole", "phrase", or the part of the body.
        reported: findings that the reader reported; None where the dataset does not say.
        make: gives the map; picklable.
        record: gives what the map is made of; None where the dataset has finished maps alone.
    """

    case: str
    reader: str
    patient: str
    size: tuple[int, int]
    make: Callable[[], GazeMap]
    kind: str = "whole"
    finding: str | None = None
    phrase: str = ""
    reported: tuple[str, ...] | None = None
    record: "Callable[[], Recording] | None" = None


def unit_sum(values: NDArray[np.float64], what: str) -> NDArray[np.float32]:
    """Divide a map by its sum: float64 (h, w) to float32.

    Raises:
        InputError: it is not finite, negative somewhere, or nothing but zeros.
    """
    total = float(values.sum())
    if not np.isfinite(total) or values.min() < 0:
        raise InputError(f"Expected a gaze map of finite numbers from 0 on for {what}, found others.")
    if not total > 0:
        raise InputError(f"Expected a gaze map of {what}, found nothing but zeros: nobody looked at the radiograph.")
    return (values / total).astype(np.float32)
