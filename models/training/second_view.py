"""A second view of each training image: a little rotated, shifted and of another contrast, and the way back."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from models.training.config import SecondViewConfig

_INSIDE = 1 - 1e-3  # of a place's weight must lie in the view


@dataclass(frozen=True)
class SecondViews:
    """How the second views of a batch are made, one row an image, float32 (n, 4).

    `numbers` are the rotation in degrees (counter-clockwise as one sees it), the shift down and right as shares of the
    side, and the factor of contrast about the image's mean.
    """

    numbers: torch.Tensor

    @classmethod
    def draw(cls, config: SecondViewConfig, count: int, rng: np.random.Generator) -> "SecondViews":
        """Draw those of `count` images, uniformly between the largest changes either way."""
        largest = np.array([config.rotation_degrees, config.shift, config.shift, config.contrast])
        drawn = rng.uniform(-largest, largest, (count, 4)) + np.array([0, 0, 0, 1])
        return cls(torch.from_numpy(drawn.astype(np.float32)))

    def part(self, rows: slice) -> "SecondViews":
        """Those of some of the images."""
        return SecondViews(self.numbers[rows])

    def to(self, device: torch.device) -> "SecondViews":
        """The same on another device."""
        return SecondViews(self.numbers.to(device))

    def of(self, images: torch.Tensor) -> torch.Tensor:
        """Return the second views (n, 1, s, s) of images (n, 1, s, s) in [0, 1]; what a view uncovers is 0."""
        contrast = self.numbers[:, 3, None, None, None]
        mean = images.mean(dim=(2, 3), keepdim=True)
        return _sample(((images - mean) * contrast + mean).clamp(0, 1), self._matrices(back=False))

    def undo(self, maps: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Bring maps of the second views back to where the images have what they speak of.

        Args:
            maps: (n, maps, h, w) in the views' coordinates, at any resolution.

        Returns:
            the maps in the images' coordinates, bilinear, and which places a view shows, (n, 1, h, w) of 1 and 0.
        """
        matrices = self._matrices(back=True)
        shown = _sample(torch.ones_like(maps[:, :1]), matrices)
        return _sample(maps, matrices), (shown >= _INSIDE).to(maps.dtype)

    def _matrices(self, back: bool) -> torch.Tensor:
        """For each image the (2, 3) matrix from a place of the result to the place it is taken from, in [-1, 1]²."""
        angle = torch.deg2rad(self.numbers[:, 0])
        cos, sin = torch.cos(angle), torch.sin(angle)
        down, right = 2 * self.numbers[:, 1], 2 * self.numbers[:, 2]
        if back:  # rotate about the centre, then shift
            rows = (torch.stack([cos, sin, right], -1), torch.stack([-sin, cos, down], -1))
        else:  # shift back, then rotate back
            rows = (
                torch.stack([cos, -sin, -cos * right + sin * down], -1),
                torch.stack([sin, cos, -sin * right - cos * down], -1),
            )
        return torch.stack(rows, dim=1)


def _sample(maps: torch.Tensor, matrices: torch.Tensor) -> torch.Tensor:
    grid = functional.affine_grid(matrices.to(maps.dtype), list(maps.shape), align_corners=False)
    return functional.grid_sample(maps, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
