"""Random crops, small rotations and brightness, on whole batches of 8-bit images.

The recipe of Wienholt et al. (Scientific Reports 2026): RandomResizedCrop(scale 0.5 to 1), rotation by up to 5°,
brightness by up to 30 %, in this order. Departure: rotation interpolates bilinearly, theirs takes the nearest pixel.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from models.training.config import AugmentationConfig

ASPECT_RATIO = (3 / 4, 4 / 3)  # torchvision's default for RandomResizedCrop
ATTEMPTS = 10
_HALF = 0.5 - 1e-5  # rounding aside


@dataclass(frozen=True)
class Variation:
    """What happens to one image: the crop in pixels, the rotation in degrees, the brightness factor."""

    top: int
    left: int
    height: int
    width: int
    degrees: float
    brightness: float


def draw_variation(config: AugmentationConfig, side: int, rng: np.random.Generator) -> Variation:
    """Draw one image's variation.

    The crop follows torchvision's RandomResizedCrop: area uniform in `crop_scale`, aspect ratio log-uniform in
    3/4 to 4/3, tried again up to ten times until it fits a side × side image, else the whole image.
    """
    degrees = rng.uniform(-config.rotation_degrees, config.rotation_degrees)
    brightness = rng.uniform(1 - config.brightness, 1 + config.brightness)
    for _ in range(ATTEMPTS):
        area = side * side * rng.uniform(*config.crop_scale)
        aspect = math.exp(rng.uniform(math.log(ASPECT_RATIO[0]), math.log(ASPECT_RATIO[1])))
        width, height = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < width <= side and 0 < height <= side:
            top, left = int(rng.integers(side - height + 1)), int(rng.integers(side - width + 1))
            return Variation(top, left, height, width, degrees, brightness)
    return Variation(0, 0, side, side, degrees, brightness)


def vary(images: np.ndarray, variations: list[Variation], size: int) -> torch.Tensor:
    """Cut, resize (antialiased), rotate and brighten images.

    Args:
        images: uint8 (n, side, side).
        variations: one for each image.
        size: side of the result.

    Returns:
        float32 (n, 1, size, size) in [0, 1]; corners that a rotation uncovers are 0.
    """
    crops = [
        resize(image[v.top : v.top + v.height, v.left : v.left + v.width], size)
        for image, v in zip(images, variations, strict=True)
    ]
    batch = torch.cat(crops)
    if any(v.degrees for v in variations):
        batch = _rotate(batch, torch.tensor([v.degrees for v in variations], dtype=torch.float32))
    factors = torch.tensor([v.brightness for v in variations], dtype=torch.float32)
    return (batch * factors[:, None, None, None]).clamp_(0, 1)


def vary_masks(masks: np.ndarray, variation: Variation, size: int) -> torch.Tensor:
    """Cut, resize and rotate the masks of one image as `vary` does the image.

    Args:
        masks: uint8 (k, side, side), 1 inside.
        variation: the image's.
        size: side of the result.

    Returns:
        uint8 (k, size, size), 1 where the mask, resized and rotated like a grey image, is at least 1/2.
    """
    v = variation
    cut = torch.from_numpy(masks[:, v.top : v.top + v.height, v.left : v.left + v.width].astype(np.float32))[None]
    if cut.shape[-2:] != (size, size):
        cut = functional.interpolate(cut, (size, size), mode="bilinear", antialias=True, align_corners=False)
    if v.degrees:
        cut = _rotate(cut, torch.tensor([v.degrees], dtype=torch.float32))
    return (cut[0] >= _HALF).to(torch.uint8)


def resize(image: np.ndarray, size: int) -> torch.Tensor:
    """Return one uint8 (h, w) image as float32 (1, 1, size, size) in [0, 1], bilinear with antialiasing."""
    pixels = torch.from_numpy(np.ascontiguousarray(image, dtype=np.float32) / 255)[None, None]
    if image.shape == (size, size):
        return pixels
    return functional.interpolate(pixels, (size, size), mode="bilinear", antialias=True, align_corners=False)


def _rotate(batch: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    """Rotate each image about its centre, counter-clockwise for positive angles."""
    angle = torch.deg2rad(degrees)
    cos, sin, zero = torch.cos(angle), torch.sin(angle), torch.zeros_like(angle)
    theta = torch.stack([torch.stack([cos, -sin, zero], -1), torch.stack([sin, cos, zero], -1)], 1)
    grid = functional.affine_grid(theta, list(batch.shape), align_corners=False)
    return functional.grid_sample(batch, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
