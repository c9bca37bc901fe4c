"""A mask as vertical runs of pixels, straight from its run-length encoding: nothing of the image's size is decoded."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data_cache.geometry import Alignment, Geometry
from data_cache.masks import Rle, run_lengths
from evaluation.localization import Integers, Mask
from evaluation.pixels.kernels import box_parts, join_runs, places


@dataclass(frozen=True)
class Region:
    """A rectangle of an image of `height` × `width` pixels, the whole of it or the crop that a model saw."""

    height: int
    width: int
    top: int
    left: int
    rows: int
    columns: int

    @classmethod
    def of_map(cls, size: tuple[int, int], geometry: Geometry | None, alignment: Alignment) -> "Region":
        """Where a map lies on an image of size (height, width).

        In `paper` alignment, and for maps without a geometry, that is the whole image.
        """
        if alignment == "paper" or geometry is None:
            return cls(*size, 0, 0, *size)
        return cls(*size, geometry.top, geometry.left, geometry.side, geometry.side)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns


@dataclass(frozen=True, eq=False)
class MaskRuns:
    """The pixels (row, column) with first[i] ≤ row < stop[i] and column = columns[i], i over all runs.

    Attributes:
        size: (height, width) of the image.
        columns, first, stop: int64 (n,), ordered by column, then row.
    """

    size: tuple[int, int]
    columns: Integers
    first: Integers
    stop: Integers

    @classmethod
    def of(cls, mask: Rle) -> "MaskRuns":
        """Read the runs; one that goes on in the next column is cut there."""
        height = mask.size[0]
        lengths = np.asarray(run_lengths(mask.counts), np.int64)
        stop = np.cumsum(lengths)[1::2]
        start = stop - lengths[1::2]
        start, stop = start[stop > start], stop[stop > start]
        pieces = (stop - 1) // height - start // height + 1
        run = np.repeat(np.arange(len(start)), pieces)
        columns = start[run] // height + np.arange(len(run)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        first = np.maximum(start[run], columns * height) - columns * height
        return cls(mask.size, columns, first, np.minimum(stop[run], (columns + 1) * height) - columns * height)

    @cached_property
    def area(self) -> int:
        """Number of pixels."""
        return int((self.stop - self.first).sum())

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """Boxes around the connected parts, corners included, in the order of their first pixels by column.

        float64 (n, 4), x0, y0, x1, y1, edges in pixels. Worked out once: every map is compared with the same mask.
        """
        edges = box_parts(self.columns, self.first, self.stop, *join_runs(self.columns, self.first, self.stop))
        return edges[:, [1, 0, 3, 2]]

    def bounds(self) -> Region:
        """The smallest rectangle around the mask.

        Raises:
            ValueError: the mask is empty.
        """
        if not len(self.columns):
            raise ValueError("Expected a mask with at least one pixel, found an empty one.")
        top, left = int(self.first.min()), int(self.columns.min())
        return Region(*self.size, top, left, int(self.stop.max()) - top, int(self.columns.max()) - left + 1)

    def clipped(self, region: Region) -> tuple[Integers, Integers, Integers]:
        """The runs inside a region, counted from its corner: columns, first rows and last rows + 1."""
        columns = self.columns - region.left
        first = np.clip(self.first - region.top, 0, region.rows)
        stop = np.clip(self.stop - region.top, 0, region.rows)
        kept = (columns >= 0) & (columns < region.columns) & (stop > first)
        return columns[kept], first[kept], stop[kept]

    def within(self, region: Region) -> Integers:
        """Positions of the mask's pixels in a flattened array of the region: int64 (m,), ascending.

        Worked out once for a region: every method's map is compared with the same mask.
        """
        if region not in self._positions:
            self._positions[region] = places(*self.clipped(region), *region.shape)
        return self._positions[region]

    def pixels(self) -> Mask:
        """The mask as an array, bool (height, width)."""
        whole = Region(*self.size, 0, 0, *self.size)
        found = np.zeros(self.size, bool)
        found.ravel()[self.within(whole)] = True
        return found

    @cached_property
    def _positions(self) -> dict[Region, Integers]:
        return {}

    def near(self, row: int, column: int, tolerance: float) -> bool:
        """Whether a pixel of the mask lies within `tolerance` pixels (Euclidean, centre to centre)."""
        beside = self.columns - column
        above = np.maximum(np.maximum(self.first - row, row - (self.stop - 1)), 0)
        return bool((beside**2 + above**2 <= tolerance**2).any())

    def cut_out(self, region: Region) -> NDArray[np.bool_]:
        """The mask inside a region, bool (rows, columns)."""
        window = np.zeros(region.shape, bool)
        window.ravel()[self.within(region)] = True
        return window
