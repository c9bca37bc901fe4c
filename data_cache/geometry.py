"""The one place that knows where the model's square input lies on the original radiograph.

Coordinates are (x, y) in pixels, continuous, with the origin at the outer corner of the first pixel: the pixel of row r
and column c covers [c, c+1] × [r, r+1] and its centre is (c + 0.5, r + 0.5). Arrays are indexed [row, column].
"""

import json
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.json_text import SMALL, parse_json
from data_cache.resampling import bilinear, coverage

Alignment = Literal["paper", "aligned"]
_HALF = 0.5 - 1e-9  # a pixel belongs to a mask that covers at least half of it, rounding aside


@dataclass(frozen=True)
class Geometry:
    """Maps points, masks and maps between an original image and the model's input.

    The input is the largest centred square of the original, resized to `input_size`. Where the margin is odd, the
    smaller half lies above and to the left, as in the official evaluation code (margin // 2).

    Attributes:
        height, width: size of the original image in pixels.
        input_size: side of the model's input in pixels.
    """

    height: int
    width: int
    input_size: int

    def __post_init__(self) -> None:
        if min(self.height, self.width, self.input_size) < 1:
            raise InputError(
                f"Expected an image and an input of at least one pixel, found {self.width}×{self.height} "
                f"and {self.input_size}."
            )

    @property
    def side(self) -> int:
        """Side of the square crop, in original pixels."""
        return min(self.height, self.width)

    @property
    def top(self) -> int:
        """First row of the crop."""
        return (self.height - self.side) // 2

    @property
    def left(self) -> int:
        """First column of the crop."""
        return (self.width - self.side) // 2

    def points_to_input(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map (n, 2) points (x, y) from the original to the input; outside the crop they leave [0, input_size]."""
        return (_points(points) - (self.left, self.top)) * (self.input_size / self.side)

    def points_to_original(self, points: ArrayLike) -> NDArray[np.float64]:
        """Map (n, 2) points (x, y) from the input to the original."""
        return _points(points) * (self.side / self.input_size) + (self.left, self.top)

    def mask_to_input(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Crop and resize a mask, bool (height, width), to bool (input_size, input_size).

        A pixel is inside when the mask covers at least half of its area.
        """
        self._check_shape(mask, (self.height, self.width), "mask of the original")
        return coverage(self.crop(mask), (self.input_size, self.input_size)) >= _HALF

    def crop(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the part of a mask, bool (height, width), that the model sees: a view of (side, side)."""
        return mask[self.top : self.top + self.side, self.left : self.left + self.side]

    def mask_to_original(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Put a mask of the input, bool (input_size, input_size), back: bool (height, width), False elsewhere."""
        self._check_shape(mask, (self.input_size, self.input_size), "mask of the input")
        whole = np.zeros((self.height, self.width), dtype=bool)
        inside = coverage(mask, (self.side, self.side)) >= _HALF
        whole[self.top : self.top + self.side, self.left : self.left + self.side] = inside
        return whole

    def map_to_original(self, values: NDArray[np.float32], alignment: Alignment) -> NDArray[np.float32]:
        """Lay a map over the original image.

        Args:
            values: float32 (..., h, w), a map of the input at any resolution.
            alignment: "paper" stretches the map over the whole original, as the published CheXlocalize evaluation of
                this model does although it saw only the crop; "aligned" puts it back where the crop was taken.

        Returns:
            float32 (..., height, width), bilinear without antialiasing (align_corners False), as the CheXlocalize
            reference code resizes; with "aligned", NaN outside the crop.

        Raises:
            ValueError: alignment is neither.
        """
        if alignment == "paper":
            return bilinear(values, (self.height, self.width), antialias=False)
        if alignment != "aligned":
            raise ValueError(f"Expected the alignment 'paper' or 'aligned', found {alignment!r}.")
        whole = np.full((*values.shape[:-2], self.height, self.width), np.nan, dtype=np.float32)
        inside = bilinear(values, (self.side, self.side), antialias=False)
        whole[..., self.top : self.top + self.side, self.left : self.left + self.side] = inside
        return whole

    def to_json(self) -> str:
        """Return the geometry as JSON; the crop is added for readers in other languages."""
        crop = {"top": self.top, "left": self.left, "side": self.side}
        return json.dumps({"height": self.height, "width": self.width, "input_size": self.input_size, "crop": crop})

    @classmethod
    def from_json(cls, text: str) -> "Geometry":
        """Read what `to_json` wrote.

        Raises:
            InputError: the text is not such a JSON object.
        """
        refusal = InputError(f"Expected a geometry with height, width and input_size, found {text[:80]!r}.")
        try:
            with guarded(refusal):
                stored = parse_json(text.encode(), "geometry", "a geometry", SMALL)
                numbers = [int(stored[name]) for name in ("height", "width", "input_size")]
        except InputError:
            raise refusal from None
        return cls(*numbers)

    @staticmethod
    def _check_shape(array: NDArray[np.bool_], shape: tuple[int, int], what: str) -> None:
        if array.shape != shape:
            raise ValueError(f"Expected a {what} of shape {shape}, found {array.shape}.")


def _points(points: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(points, dtype=np.float64).reshape(-1, 2) if np.size(points) == 0 else np.asarray(points, float)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"Expected points of shape (n, 2) in the order (x, y), found {array.shape}.")
    return array
