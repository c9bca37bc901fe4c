"""Maps of the patch model with a shifted patch grid: which shifts, which patches, and their assembly into one map.

Source: Wienholt et al., "MedicalPatchNet", Scientific Reports 2026, and its official code. The grid of p×p patches is
moved over the image in N steps an axis, by round(p·k/N) pixels for k = 0 … N−1 with the upper half moved to negative:
the shifts of N = 4 and p = 64 are −32, −16, 0 and 16. For every (row, column) pair of shifts the image, zero-padded by
p/2, is sliced at the shift and split into patches, and each patch's logits are laid over the pixels the patch came
from. The map is the mean over all N² pairs.

Where the official code adds up N² shifted pictures, this one uses that patches start only at multiples of p/N pixels:
their logits form a field with one point a start, and the map is that field box-filtered over N×N points. The map is
constant on cells of (p/N)×(p/N) pixels, so it is kept with one value a cell: exact, and up to 4,096 times smaller.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError

FloatArray = NDArray[np.float32]
EdgeRule = Literal["paper", "covered"]
Pairing = Literal["own", "paper"]
Shift = tuple[int, int]

_OFFICIAL_BATCH = 4  # shifts that the official code runs at once


@dataclass(frozen=True)
class ShiftGrid:
    """A grid of square patches and the shifts at which it is laid over a square image.

    Attributes:
        input_size: side of the image in pixels.
        patch_size: side p of a patch in pixels; divides the input size.
        steps: number N of shifts along each axis; divides the patch size.

    Raises:
        InputError: a size does not divide the other.
    """

    input_size: int
    patch_size: int
    steps: int

    def __post_init__(self) -> None:
        if self.input_size < 1 or self.patch_size < 1 or self.input_size % self.patch_size:
            raise InputError(
                f"Expected an input size that the patch size divides, found {self.input_size} and {self.patch_size}."
            )
        if self.steps < 1 or self.patch_size % self.steps:
            allowed = ", ".join(map(str, divisors(self.patch_size)))
            raise InputError(
                f"Expected shift steps that divide the patch size {self.patch_size} ({allowed}), found {self.steps}."
            )

    @property
    def grid(self) -> int:
        """Patches along one side of the image at one shift."""
        return self.input_size // self.patch_size

    @property
    def cell(self) -> int:
        """Side in pixels of the squares on which the assembled map is constant."""
        return self.patch_size // self.steps

    @property
    def map_size(self) -> int:
        """Side of the assembled map in cells."""
        return self.grid * self.steps

    @property
    def shifts(self) -> tuple[int, ...]:
        """The shifts along one axis in pixels, ascending."""
        half = self.patch_size // 2
        steps = (round(self.patch_size * k / self.steps) for k in range(self.steps))
        return tuple(sorted((step + half) % self.patch_size - half for step in steps))

    def pairs(self) -> Iterator[Shift]:
        """All (row, column) pairs of shifts, row by row: the order that `assemble` expects."""
        return ((row, column) for row in self.shifts for column in self.shifts)

    def coarser(self) -> tuple["ShiftGrid", ...]:
        """Grids from one step to this one's, each of whose shifts contain those before it (1, 2, 4, 8 … steps)."""
        chain, rest = [1], self.steps
        while rest > 1:
            factor = divisors(rest)[1]
            chain.append(chain[-1] * factor)
            rest //= factor
        return tuple(ShiftGrid(self.input_size, self.patch_size, steps) for steps in chain)


def divisors(number: int) -> tuple[int, ...]:
    """All divisors of a positive number, ascending: the shift steps that a patch size allows."""
    return tuple(candidate for candidate in range(1, number + 1) if number % candidate == 0)


def cut_patches(image: FloatArray, grid: ShiftGrid, shift: Shift) -> FloatArray:
    """Cut the patches of one shift out of an image, row by row; what lies outside the image is zero.

    Args:
        image: (s, s) float32, s being the grid's input size.
        grid: sizes of image and patches.
        shift: (row, column) in pixels, each within ±p/2.

    Returns:
        (g², p, p) float32, a copy.
    """
    size, p, g = grid.input_size, grid.patch_size, grid.grid
    shifted = np.zeros((size, size), np.float32)
    (to_row, from_row), (to_column, from_column) = (_overlap(size, amount) for amount in shift)
    shifted[to_row, to_column] = image[from_row, from_column]
    return shifted.reshape(g, p, g, p).swapaxes(1, 2).reshape(g * g, p, p)


def _overlap(size: int, shift: int) -> tuple[slice, slice]:
    """Where, along one axis, the part of the image that stays visible goes, and where it comes from."""
    return slice(max(-shift, 0), size - max(shift, 0)), slice(max(shift, 0), size + min(shift, 0))


def scale_by_probability(logits: FloatArray, pairing: Pairing = "own") -> FloatArray:
    """Multiply the patch logits of each shift by a probability, for the scaled map.

    The paper means the probability of the shift itself. Its official code runs four shifts as one batch and multiplies
    every shift's logits with every shift's probability in it; of these N²·4 products it then uses the first N², in
    which shift 16b + 4i + j has the logits of shift 4b + j and the probability of shift 4b + i. From two steps on, its
    maps thus hold only the first quarter of the shifts, laid where others belong.

    Args:
        logits: (N², patches, findings) float32, the shifts in the order of `ShiftGrid.pairs()`.
        pairing: "own", what the paper means; "paper", what its official code computes.

    Returns:
        The same shape, float32.
    """
    from scipy.special import expit  # slow to import, and not needed to know the methods

    mean = logits.mean(axis=1, keepdims=True, dtype=np.float64)
    probability = expit(mean).astype(np.float32)
    if pairing == "own":
        return logits * probability
    batch, within = np.divmod(np.arange(len(logits)), _OFFICIAL_BATCH**2)
    i, j = np.divmod(within, _OFFICIAL_BATCH)
    return logits[batch * _OFFICIAL_BATCH + j] * probability[batch * _OFFICIAL_BATCH + i]


def assemble(logits: FloatArray, grid: ShiftGrid, edge: EdgeRule = "paper") -> FloatArray:
    """Lay the patch logits of all shifts over the image and average them.

    OpenCV's box filter does the summing, with running sums in double precision: an integral image that is never
    stored.

    Args:
        logits: (N², g², findings) float32, the shifts in the order of `grid.pairs()`, patches row by row.
        grid: sizes and shifts.
        edge: "paper" divides by N² everywhere, so that pixels near the edges, which fewer shifts cover, are weakened;
            "covered" divides by the number of shifts whose patches cover the pixel.

    Returns:
        (findings, g·N, g·N) float32, one value a cell of (p/N)×(p/N) pixels: repeating each value p/N times along
        both axes gives the official code's map at the input size.

    Raises:
        ValueError: the logits have another shape.
    """
    n, g = grid.steps, grid.grid
    if logits.ndim != 3 or logits.shape[:2] != (n * n, g * g):
        raise ValueError(f"Expected logits of shape ({n * n}, {g * g}, findings), found {logits.shape}.")
    # One field point a patch start: patch i of the k-th shift starts i·N + k cells after the first patch of all.
    field = logits.reshape(n, n, g, g, -1).transpose(2, 0, 3, 1, 4).reshape(grid.map_size, grid.map_size, -1)
    if n > 1:
        # The field's first point starts N//2 cells before the image, so it covers cells −(N//2) … N − 1 − N//2.
        anchor = n - 1 - n // 2
        box = cv2.boxFilter(
            np.ascontiguousarray(field),
            ddepth=-1,
            ksize=(n, n),
            anchor=(anchor, anchor),
            normalize=False,
            borderType=cv2.BORDER_CONSTANT,
        )
        field = box.reshape(field.shape) / _counts(grid, edge)
    return np.ascontiguousarray(field.transpose(2, 0, 1), np.float32)


def _counts(grid: ShiftGrid, edge: EdgeRule) -> FloatArray:
    """What the sum over each cell is divided by, (g·N, g·N, 1) or a scalar array, float32."""
    n = grid.steps
    if edge == "paper":
        return np.array(n * n, np.float32)
    cells = np.arange(grid.map_size)
    last = np.minimum(cells + n // 2, grid.map_size - 1)
    first = np.maximum(cells + n // 2 - n + 1, 0)
    covered = (last - first + 1).astype(np.float32)
    return (covered[:, None] * covered)[:, :, None]
