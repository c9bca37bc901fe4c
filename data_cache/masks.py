"""Masks as COCO run-length encodings, decoded on demand, and their outlines."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from data_cache.errors import InputError


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

    def decode(self) -> NDArray[np.bool_]:
        """Return the mask, bool (h, w).

        Raises:
            InputError: the counts are no run-length encoding of a mask of this size.
        """
        self._check()
        return coco.decode(self._coco()).astype(bool)

    @property
    def area(self) -> int:
        """Number of pixels inside the mask; 0 for the mask of an absent finding."""
        return int(coco.area(self._coco()))

    def _coco(self) -> dict[str, object]:
        return {"size": list(self.size), "counts": self.counts.encode("ascii", "replace")}

    def _check(self) -> None:
        pixels = self.size[0] * self.size[1]
        found = sum(run_lengths(self.counts))
        if found != pixels:
            raise InputError(
                f"A mask of {self.size[1]}×{self.size[0]} pixels needs run lengths that add up to {pixels}, "
                f"but they add up to {found}; the file of masks is damaged."
            )


def run_lengths(counts: str) -> list[int]:
    """Return the run lengths behind COCO's compressed counts.

    Five bits a character, low bits first; from the fourth run on the difference to the run two before.

    pycocotools trusts these numbers when it decodes; adding them up first keeps a damaged file from
    being written past the end of the mask.

    Raises:
        InputError: a character outside the encoding, a run cut short or a negative run.
    """
    runs: list[int] = []
    value = shift = 0
    for character in counts:
        bits = ord(character) - 48
        if not 0 <= bits < 64:
            raise InputError(
                f"A mask's run lengths hold the character {character!r}, which the encoding does not have."
            )
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift or any(run < 0 for run in runs):
        raise InputError("A mask's run lengths are cut short or negative; the file of masks is damaged.")
    return runs


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
