"""From fixations to a map: a Gaussian each, as the authors of REFLACX do it.

Bigolin Lanfredi et al., "REFLACX, a dataset of reports and eye-tracking data for localization of abnormalities in chest
x-rays", Scientific Data 2022: each fixation is a normal density with a standard deviation of one degree of the visual
angle along each axis, weighted by its duration and cut off at the part of the radiograph that was on the screen; the
sum of all is divided by its own sum. The density that is cut off is lost, and not spread over what is shown.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.gaze.gaze_map import unit_sum

Weighing = Literal["duration", "count"]
Floats = NDArray[np.float64]
LONGEST = 512  # pixels along a map's longer side; a degree is some 60 to 100 pixels of a 3,000-pixel radiograph


@dataclass(frozen=True, eq=False)
class Fixations:
    """The fixations of one reading of one radiograph; all float64, in pixels of the radiograph and seconds.

    Coordinates are continuous, as everywhere here: a fixation on the pixel of column 7 has x = 7.5.

    Attributes:
        points: (n, 2), (x, y).
        times: (n, 2), start and end.
        deviation: (n, 2), standard deviation along x and y.
        shown: (n, 4), x0, y0, x1, y1 of the part of the radiograph that was on the screen.
    """

    points: Floats
    times: Floats
    deviation: Floats
    shown: Floats

    def __len__(self) -> int:
        return len(self.points)

    def during(self, start: float, end: float) -> "Fixations":
        """Return those of a window of time; one that reaches beyond it is cut off at its ends."""
        kept = (self.times[:, 0] < end) & (self.times[:, 1] > start)
        return Fixations(
            self.points[kept], np.clip(self.times[kept], start, end), self.deviation[kept], self.shown[kept]
        )

    def inside(self, size: tuple[int, int]) -> Floats:
        """Return the points on a radiograph of (height, width), (m, 2)."""
        height, width = size
        kept = ((self.points >= 0) & (self.points < (width, height))).all(axis=1)
        return self.points[kept]


def grid_of(size: tuple[int, int], longest: int = LONGEST) -> tuple[int, int]:
    """(rows, columns) of a map of a radiograph of (height, width): its own size, or one whose longer side is given."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def fixation_map(
    fixations: Fixations, size: tuple[int, int], weigh: Weighing, what: str, grid: tuple[int, int] | None = None
) -> NDArray[np.float32]:
    """Return the map of fixations.

    Args:
        fixations: of one reading.
        size: (height, width) of the radiograph.
        weigh: by how long each lasted, or each the same.
        what: what to call the reading in messages.
        grid: (rows, columns) of the map; by default `grid_of(size)`. Densities are taken at its pixels' centres.

    Returns:
        float32 of shape `grid`, sum 1.

    Raises:
        InputError: there are none, or none of them on what was shown, or one lasts no time.
    """
    if not len(fixations):
        raise InputError(f"Expected fixations of {what}, found none.")
    weights = np.ones(len(fixations)) if weigh == "count" else np.diff(fixations.times, axis=1)[:, 0]
    if not (weights > 0).any() or (weights < 0).any() or not (fixations.deviation > 0).all():
        raise InputError(f"Expected fixations of {what} that last some time and have a width, found others.")
    rows, columns = grid or grid_of(size)
    across = _profiles(fixations, 0, size[1], columns)
    down = _profiles(fixations, 1, size[0], rows)
    return unit_sum((down * weights[:, None]).T @ across, what)


def _profiles(fixations: Fixations, axis: int, length: int, cells: int) -> Floats:
    """Each fixation's density along one axis at the cells' centres, 0 outside what was shown: (n, cells)."""
    centres = (np.arange(cells) + 0.5) * (length / cells)
    place, deviation = fixations.points[:, axis, None], fixations.deviation[:, axis, None]
    density = np.exp(-0.5 * ((centres - place) / deviation) ** 2) / deviation
    low, high = np.round(fixations.shown[:, axis, None]), np.round(fixations.shown[:, axis + 2, None])
    return np.where((centres >= low) & (centres < high), density, 0)
