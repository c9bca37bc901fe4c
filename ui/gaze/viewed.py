"""One reading in the square that the models see: its fixations, or the finished maps that a dataset has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.gaze.fixations import Fixations, Weighing
from data_cache.gaze.gaze_map import unit_sum
from data_cache.gaze.phrases import Phrase
from data_cache.gaze.recording import Recording
from data_cache.geometry import Geometry
from ui.content import Store

SIDE = 256  # cells of the view that a map is made of
_MOST_PHRASES, _MOST_TEXT = 500, 200
_MOST_SAID = 3  # sentences about rows that cannot be used; the others are counted
_SAME_SHAPE = 0.01  # by which a radiograph of another size may differ in shape, so that gaze is scaled to it
Map = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ViewedGaze:
    """Somebody's gaze in the view.

    Attributes:
        name: of the reading, or of the file.
        origin: the dataset; "" for a file.
        fixations: of the whole reading, in pixels of the square that is seen, `shown` in whole ones; none where there
            are finished maps.
        weigh: how fixations are weighted.
        side: of the square, in pixels of the radiograph.
        phrases: what was said, by its times.
        maps: float32 (SIDE, SIDE) by part, sum 1; none where there are fixations.
        problems: a sentence for each row that is left out.
    """

    name: str
    origin: str
    fixations: Fixations | None = None
    weigh: Weighing = "duration"
    side: int = 0
    phrases: tuple[Phrase, ...] = ()
    maps: Mapping[str, Map] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @classmethod
    def of_recording(
        cls, name: str, origin: str, recording: Recording, geometry: Geometry, size: tuple[int, int] | None = None
    ) -> "ViewedGaze":
        """Move fixations into the view.

        Args:
            name, origin: see the class.
            recording: in pixels of a radiograph of (height, width) `size`; None: of this one.
            geometry: of this one.

        Raises:
            InputError: the radiograph is of another shape than the one that was looked at.
        """
        fixations = _scaled(recording.fixations, size or (geometry.height, geometry.width), geometry, name)
        corner = np.array([geometry.left, geometry.top], np.float64)
        shown = np.round(fixations.shown - np.tile(corner, 2))
        moved = Fixations(fixations.points - corner, fixations.times, fixations.deviation, shown)
        phrases = recording.phrases[:_MOST_PHRASES]
        return cls(name, origin, moved, recording.weigh, geometry.side, phrases, problems=recording.problems)

    @classmethod
    def of_maps(cls, name: str, origin: str, maps: Mapping[str, Map], geometry: Geometry) -> "ViewedGaze":
        """Cut finished maps, which cover the whole radiograph at any resolution, to the view.

        A part of which nothing lies in the view is left out, and named.
        """
        found, problems = {}, []
        for part, values in maps.items():
            try:
                found[part] = _cut(values, geometry, name)
            except InputError as error:
                problems.append(f"{part}: {error}")
        return cls(name, origin, maps=found, side=geometry.side, problems=tuple(problems))

    def content(self, store: Store) -> dict[str, Any]:
        """As the browser takes it."""
        return {
            **store(self._array()),
            "name": self.name,
            "origin": self.origin,
            "weigh": None if self.fixations is None else self.weigh,
            "side": self.side,
            "phrases": [{"text": one.text[:_MOST_TEXT], "start": one.start, "end": one.end} for one in self.phrases],
            "parts": [part[:_MOST_TEXT] for part in self.maps],
            "problems": some(self.problems),
            "left_out": len(self.problems),
        }

    def _array(self) -> NDArray[Any]:
        """Fixations as float64 (n, 10): x, y, start, end, deviation x and y, shown x0, y0, x1, y1; or float32 maps."""
        if self.fixations is None:
            return np.array([*self.maps.values()], np.float32).reshape(-1, SIDE, SIDE)
        one = self.fixations
        return np.concatenate([one.points, one.times, one.deviation, one.shown], axis=1)


def some(problems: Sequence[str]) -> list[str]:
    """The first sentences, and how many more there are."""
    more = len(problems) - _MOST_SAID
    return [*problems[:_MOST_SAID], *([f"And {more:,} more like these."] if more > 0 else [])]


def _scaled(fixations: Fixations, size: tuple[int, int], geometry: Geometry, name: str) -> Fixations:
    if size == (geometry.height, geometry.width):
        return fixations
    across, down = geometry.width / size[1], geometry.height / size[0]
    if abs(across / down - 1) > _SAME_SHAPE:
        raise InputError(
            f"Expected a radiograph of {size[1]}×{size[0]} pixels or of its shape for the gaze {name}, found one of "
            f"{geometry.width}×{geometry.height}; the gaze is left out."
        )
    scale = np.array([across, down])
    deviation, shown = fixations.deviation * scale, fixations.shown * np.tile(scale, 2)
    return Fixations(fixations.points * scale, fixations.times, deviation, shown)


def _cut(values: Map, geometry: Geometry, name: str) -> Map:
    """Read a map of the whole radiograph at the centres of the view's cells, bilinearly."""
    cells = (np.arange(SIDE) + 0.5) * (geometry.side / SIDE)
    down = _between((geometry.top + cells) / geometry.height, values.shape[0])
    across = _between((geometry.left + cells) / geometry.width, values.shape[1])
    return unit_sum(down @ values.astype(np.float64) @ across.T, name)


def _between(places: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Weights (n, count) of pixels along an axis at places from 0 to 1."""
    position = np.clip(places * count - 0.5, 0, count - 1)
    return np.maximum(0, 1 - np.abs(position[:, None] - np.arange(count)))
