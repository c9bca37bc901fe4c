"""Images on which two backends are compared when a model is loaded."""

import numpy as np

from models.backends.base import FloatArray

_SIDE = 8  # tiles along a side of the mosaic
_SEED = 20260  # any fixed number: the probes are the same in every process


def probe_patches(size: int) -> FloatArray:
    """Draw 64 patches that vary as parts of radiographs do: flat, shaded, textured, and with hard bright marks.

    Hard marks on black, such as side letters, are where badly conditioned weights amplify rounding errors most.

    Returns:
        (64, size, size) float32 in [0, 1].
    """
    random = np.random.default_rng(_SEED)
    steps = np.linspace(0.0, 1.0, size, dtype=np.float32)
    rows, columns = np.meshgrid(steps, steps, indexing="ij")
    patches = np.empty((_SIDE * _SIDE, size, size), np.float32)
    for index, patch in enumerate(patches):
        low, high = sorted(random.uniform(0, 1, 2)) if index % 4 else (0.0, 1.0)
        slope = random.uniform(-1, 1, 2)
        patch[:] = low + (high - low) * (0.5 + 0.5 * (slope[0] * (rows - 0.5) + slope[1] * (columns - 0.5)))
        patch += random.normal(0, (0.0, 0.01, 0.05, 0.2)[index // 4 % 4], patch.shape)
        if index % 4 == 0:
            patch *= 0.05
            _mark(patch, random)
    return patches.clip(0, 1)


def probe_image(size: int) -> FloatArray:
    """Lay the probe patches out as one image: (size, size) float32 in [0, 1]."""
    tile = -(-size // _SIDE)
    tiles = probe_patches(tile).reshape(_SIDE, _SIDE, tile, tile)
    return tiles.transpose(0, 2, 1, 3).reshape(_SIDE * tile, _SIDE * tile)[:size, :size].copy()


def _mark(patch: FloatArray, random: np.random.Generator) -> None:
    """Draw two bright bars, as of a letter on the film."""
    size = len(patch)
    top, left = random.integers(0, max(size // 2, 1), 2)
    length, width = max(size // 2, 1), max(size // 12, 1)
    patch[top : top + length, left : left + width] = 1.0
    patch[top : top + width, left : left + length] = 1.0
