"""Masks as COCO run-length encodings, decoded on demand, and their outlines."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from data_cache.errors import InputError

_MORE, _VALUE, _SIGN, _LARGEST = 0x20, 0x1F, 0x10, 0x3F
_LONGEST = 7  # characters of a number: 35 bits


@dataclass(frozen=True)
class Rle:
    """A binary mask in COCO's compressed run-length encoding (columns first, as CheXlocalize stores it).

    Attributes:
        size: (height, width) in pixels.
        counts: COCO's compressed counts as text.
    """

    size: tuple[int, int]
    counts: str

    @classmethod
    def encode(cls, mask: NDArray[np.bool_]) -> "Rle":
        """Encode a mask, bool (h, w)."""
        encoded = coco.encode(np.asfortranarray(mask, dtype=np.uint8))
        return cls((int(mask.shape[0]), int(mask.shape[1])), encoded["counts"].decode("ascii"))

    @classmethod
    def from_runs(cls, runs: Sequence[int], size: tuple[int, int]) -> "Rle":
        """Encode plain run lengths, outside and inside in turn, outside first.

        Raises:
            InputError: they are no whole numbers that add up to the mask's pixels.
        """
        height, width = size
        refusal = InputError(f"Expected run lengths that add up to {width}×{height} pixels, found others.")
        whole = set(map(type, runs)) <= {int} and min(runs, default=0) >= 0
        if not whole or sum(runs) != height * width:
            raise refusal
        encoded = coco.frPyObjects({"size": [height, width], "counts": list(runs)}, height, width)
        return cls(size, encoded["counts"].decode("ascii"))

    def check(self) -> NDArray[np.int64]:
        """Return the run lengths.

        Raises:
            InputError: the counts are no run-length encoding of a mask of this size.
        """
        runs = run_lengths(self.counts)
        height, width = self.size
        if runs.sum() != height * width:
            raise InputError(
                f"Expected run lengths that add up to the {height * width} pixels of a mask of {width}×{height}, "
                f"found {runs.sum()}; the file of masks is damaged."
            )
        return runs

    def decode(self) -> NDArray[np.bool_]:
        """Return the mask, bool (h, w).

        Raises:
            InputError: as `check`.
        """
        runs = self.check()
        height, width = self.size
        inside = np.arange(len(runs)) % 2 == 1
        return np.ascontiguousarray(np.repeat(inside, runs).reshape(width, height).T)

    @property
    def area(self) -> int:
        """Number of pixels inside the mask; 0 for the mask of an absent finding."""
        return int(run_lengths(self.counts)[1::2].sum())


def run_lengths(counts: str) -> NDArray[np.int64]:
    """Return the run lengths behind COCO's compressed counts, outside and inside in turn, outside first.

    Each number is written in characters of five bits, low bits first, and is from the fourth on the difference to the
    number two before it. pycocotools reads the same, but does not notice runs that are missing, and its decoder raises
    NumPy's deprecation warnings.

    Raises:
        InputError: a character outside the encoding, a number cut short or too long, or a negative run.
    """
    bits = np.frombuffer(counts.encode("latin-1", "replace"), dtype=np.uint8).astype(np.int64) - ord("0")
    ends = np.flatnonzero((bits & _MORE) == 0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    if not len(ends) or ends[-1] != len(bits) - 1 or bits.min() < 0 or bits.max() > _LARGEST:
        raise InputError(
            "Expected run lengths in COCO's encoding, found other characters; the file of masks is damaged."
        )
    lengths = ends - starts + 1
    if lengths.max() > _LONGEST:
        raise InputError("Expected run lengths of a mask, found larger numbers; the file of masks is damaged.")
    shifts = 5 * (np.arange(len(bits)) - np.repeat(starts, lengths))
    numbers = np.add.reduceat((bits & _VALUE) << shifts, starts)
    numbers -= np.where(bits[ends] & _SIGN, 1 << (5 * lengths), 0)
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    if numbers.min() < 0:
        raise InputError("Expected run lengths of a mask, found negative ones; the file of masks is damaged.")
    return numbers


def outline(mask: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    """Trace the borders of a mask, holes included.

    Args:
        mask: bool (h, w).

    Returns:
        Closed polygons, float32 (n, 2), (x, y) in pixels through the centres of the border pixels (centres at +0.5);
        an empty list for an empty mask.
    """
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return [contour[:, 0, :].astype(np.float32) + 0.5 for contour in contours]
