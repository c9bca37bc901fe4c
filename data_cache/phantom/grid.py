"""Sampling grids, drawing and smooth noise in normalised patient coordinates.

Coordinates are (x, y) in units of the field's short side (about 40 cm), x to the image's right, y down; the chest is
drawn around (0.5, 0.5). Everything random is drawn on lattices of a fixed size or as points, never per pixel, so one
seed gives one anatomy at every resolution.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
Points = NDArray[np.float64]

CM_PER_UNIT = 40.0
_SHIFT = 4
_FINE = 450.0


@dataclass(frozen=True)
class Grid:
    """Pixel centres of a (height, width) raster; upper left corner at (left, top), `scale` pixels per unit."""

    height: int
    width: int
    scale: float
    left: float
    top: float

    @cached_property
    def x(self) -> Field:
        """x of every column, float32 (1, width)."""
        return ((np.arange(self.width, dtype=np.float32) + 0.5) / self.scale + self.left)[None, :].astype(np.float32)

    @cached_property
    def y(self) -> Field:
        """y of every row, float32 (height, 1)."""
        return ((np.arange(self.height, dtype=np.float32) + 0.5) / self.scale + self.top)[:, None].astype(np.float32)

    def zeros(self) -> Field:
        """A field of zeros, float32 (height, width)."""
        return np.zeros((self.height, self.width), np.float32)

    def strip(self, left: float, right: float) -> tuple[slice, "Grid"]:
        """The columns from x = left to right, as a slice and as a grid of their own."""
        first, last = round((left - self.left) * self.scale), round((right - self.left) * self.scale)
        return slice(first, last), Grid(self.height, last - first, self.scale, self.left + first / self.scale, self.top)

    def noise(self, rng: np.random.Generator, cells: int) -> Field:
        """Smooth noise of about unit deviation with `cells` bumps per unit, float32 (height, width).

        The lattice always covers [-0.25, 1.25]² so that it does not depend on the raster.
        """
        side = int(cells * 1.5) + 4
        lattice: Field = rng.standard_normal((side, side)).astype(np.float32)
        # a cubic curve through the lattice at four points a cell, then a fast linear warp
        finer = 4 if self.scale > 4 * cells else 2 if self.scale > 2 * cells else 1
        if finer > 1:
            lattice = np.asarray(
                cv2.resize(lattice, None, fx=finer, fy=finer, interpolation=cv2.INTER_CUBIC), np.float32
            )
        pace = finer * cells
        offset = [(edge + 0.25) * pace + 0.5 * pace / self.scale - 0.5 for edge in (self.left, self.top)]
        matrix = np.array([[pace / self.scale, 0, offset[0]], [0, pace / self.scale, offset[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (self.width, self.height)
        warped = cv2.warpAffine(lattice, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
        return np.asarray(warped, np.float32)

    def fractal(self, rng: np.random.Generator, cells: int, octaves: int) -> Field:
        """Sum of `octaves` noises, each twice as fine and 0.55 times as strong as the last, about unit deviation."""
        total = self.noise(rng, cells)
        strength, norm = 1.0, 1.0
        for octave in range(1, octaves):
            strength *= 0.55
            norm += strength * strength
            total = total + strength * self.noise(rng, cells << octave)
        return total / np.float32(np.sqrt(norm))

    def blur(self, image: Field, sigma: float) -> Field:
        """Gaussian blur; `sigma` in units. Wide blurs run on a smaller raster."""
        pixels = sigma * self.scale
        if pixels < 0.3:
            return image
        shrink = int(pixels // 4)
        if shrink < 2:
            blurred = cv2.GaussianBlur(image, (0, 0), pixels, borderType=cv2.BORDER_REPLICATE)
            return np.asarray(blurred, image.dtype)
        small = cv2.resize(image, (self.width // shrink + 1, self.height // shrink + 1), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), pixels / shrink, borderType=cv2.BORDER_REPLICATE)
        enlarged = cv2.resize(small, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(enlarged, image.dtype)


@dataclass
class Canvas:
    """An antialiased 8-bit drawing, supersampled where the grid is coarser than `_FINE`; later strokes cover."""

    grid: Grid
    factor: int = field(init=False)
    image: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        """Choose the supersampling and clear the drawing."""
        self.factor = max(1, round(_FINE / self.grid.scale))
        self.image = np.zeros((self.grid.height * self.factor, self.grid.width * self.factor), np.uint8)

    @property
    def scale(self) -> float:
        """Drawing pixels per unit."""
        return self.grid.scale * self.factor

    def _pixels(self, points: Points) -> NDArray[np.int32]:
        origin = np.array([self.grid.left, self.grid.top])
        return np.round(((points - origin) * self.scale - 0.5) * (1 << _SHIFT)).astype(np.int32)

    def polygon(self, points: Points, value: float) -> None:
        """Fill a closed outline, float (n, 2), with `value` in [0, 1]."""
        cv2.fillPoly(self.image, [self._pixels(points)], round(255 * value), cv2.LINE_AA, _SHIFT)

    def lines(self, curves: Points, width: float, value: float, closed: bool = False) -> None:
        """Stroke curves, float (n, points, 2), with one width (units); finer than a pixel, they become fainter."""
        pixels = width * self.scale
        level = round(255 * value * min(1.0, pixels))
        cv2.polylines(self.image, list(self._pixels(curves)), closed, level, max(1, round(pixels)), cv2.LINE_AA, _SHIFT)

    def ribbon(self, points: Points, widths: Points | float, value: float) -> None:
        """Fill a band of the given full widths (units) around a curve, float (n, 2)."""
        tangent = np.empty_like(points)
        tangent[1:-1] = points[2:] - points[:-2]
        tangent[0], tangent[-1] = points[1] - points[0], points[-1] - points[-2]
        length = np.hypot(tangent[:, 0], tangent[:, 1]) + 1e-9
        normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1) * (np.asarray(widths) / 2 / length)[:, None]
        self.polygon(np.concatenate([points + normal, (points - normal)[::-1]]), value)

    def field(self) -> Field:
        """The drawing at the grid's resolution, float32 (height, width) in [0, 1]."""
        if self.factor == 1:
            return self.image.astype(np.float32) / np.float32(255)
        image = cv2.resize(self.image, (self.grid.width, self.grid.height), interpolation=cv2.INTER_AREA)
        return image.astype(np.float32) / np.float32(255)


def dome(t: Field) -> Field:
    """Depth of a ball's edge, relative to its radius, at relative distance t from its outline: sqrt(1 - (1 - t)²)."""
    inside = np.clip(t, 0, 1)
    np.subtract(1, inside, out=inside)
    np.multiply(inside, inside, out=inside)
    np.subtract(1, inside, out=inside)
    return np.sqrt(inside, out=inside)


def step(t: Field) -> Field:
    """Smooth step from 0 (t ≤ 0) to 1 (t ≥ 1): 3t² - 2t³."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def smooth_curve(knots: Points, count: int = 48) -> Points:
    """A Catmull-Rom curve through knots, float (n, 2) → (count, 2)."""
    padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    at = np.linspace(0, len(knots) - 1 - 1e-9, count)
    i = at.astype(int)
    t = (at - i)[:, None]
    a, b, c, d = padded[i], padded[i + 1], padded[i + 2], padded[i + 3]
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
