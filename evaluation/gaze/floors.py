"""What maps that never look at the radiograph reach: the centre, and the mean of other patients' gaze."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from data_cache.gaze.gaze_map import GazeMap
from evaluation.localization import Map

AVERAGE = "Floor: average gaze of other patients"
CENTRE = "Floor: centre"
FLOORS = (AVERAGE, CENTRE)
_SIDE = 128  # radiographs have many sizes: the mean is taken on one square grid that is stretched over each of them
_SPREAD = 0.25


def centre(grid: tuple[int, int]) -> Map:
    """A Gaussian at the middle with a standard deviation of a quarter of each side: float32 of shape `grid`."""
    rows, columns = (((np.arange(n) + 0.5) / n - 0.5) / _SPREAD for n in grid)
    return np.exp(-0.5 * (rows[:, None] ** 2 + columns**2)).astype(np.float32)


@dataclass
class GazeSum:
    """Gaze maps added up by kind ("whole", or a part of the body), with how many there are.

    Attributes:
        sums: float64 (128, 128) by kind, each map with sum 1.
        counts: by kind.
    """

    sums: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, maps: Iterable[tuple[str, GazeMap]]) -> "GazeSum":
        """Add up (kind, map)."""
        total = cls()
        for kind, gaze in maps:
            small = cv2.resize(gaze.values, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float64)
            total._add(kind, small / small.sum(), 1)
        return total

    def add(self, other: "GazeSum") -> None:
        """Add another sum to this one."""
        for kind, values in other.sums.items():
            self._add(kind, values, other.counts[kind])

    def mean_without(self, other: "GazeSum", kind: str, grid: tuple[int, int]) -> Map | None:
        """The mean of a kind without what `other` added, float32 of shape `grid`; None where nothing else is there."""
        count = self.counts.get(kind, 0) - other.counts.get(kind, 0)
        if count < 1:
            return None
        left = self.sums[kind] - other.sums.get(kind, 0.0)
        mean = np.maximum(left / count, 0).astype(np.float32)  # what was added and taken away leaves some −1e-18
        return np.asarray(cv2.resize(mean, (grid[1], grid[0]), interpolation=cv2.INTER_LINEAR), np.float32)

    def _add(self, kind: str, values: NDArray[np.float64], count: int) -> None:
        self.sums[kind] = self.sums[kind] + values if kind in self.sums else values
        self.counts[kind] = self.counts.get(kind, 0) + count


def floors(total: GazeSum, own: GazeSum, kind: str, grid: tuple[int, int]) -> Mapping[str, Map]:
    """The floors of a reading by name; the mean is missing where nobody else was read.

    Args:
        total: of all patients.
        own: of the reading's patient, who is left out.
        kind: of the reading.
        grid: (rows, columns).
    """
    mean = total.mean_without(own, kind, grid)
    return {CENTRE: centre(grid)} if mean is None else {AVERAGE: mean, CENTRE: centre(grid)}
