"""Images on which graphs are compared with PyTorch, calibrated, and checked on a device."""

import numpy as np
from numpy.typing import NDArray

from data_cache.phantom.simulate import simulate_case
from data_cache.resampling import bilinear

FloatArray = NDArray[np.float32]

_SEED = 1919  # not that of the cohort on which the demonstration models were trained (2026)
_SIDES = (128, 1024)  # phantoms have at least the one; at the other they are as sharp as anybody needs


def phantoms(side: int, count: int, first: int = 1) -> FloatArray:
    """Simulated radiographs, the same in every process.

    Args:
        side: of the images in pixels.
        count: how many.
        first: number of the first patient; others show other patients.

    Returns:
        (count, side, side) float32 in [0, 1].
    """
    size = min(max(side, _SIDES[0]), _SIDES[1])
    drawn = (simulate_case(_SEED, patient, size=size).pixels for patient in range(first, first + count))
    scaled = (pixels.astype(np.float32) / np.float32(255) for pixels in drawn)
    return np.stack([one if size == side else bilinear(one, (side, side), antialias=True) for one in scaled])


def check_image(side: int) -> FloatArray:
    """Two dark lungs in a bright body, with a fine texture: an image that any language draws alike, in whole numbers.

    With u = ⌊256 · column / side⌋ and v = ⌊256 · row / side⌋ a pixel is in a lung if
    76² · (u − 84)² + 36² · (v − 128)² < 36² · 76², or the same with 172 for 84. Its grey is (70 in a lung, else 190)
    + ((u xor v) and 31), over 255.

    Returns:
        (side, side) float32 in [0, 1].
    """
    steps = 256 * np.arange(side) // side
    u, v = steps[None, :], steps[:, None]
    lungs = [76**2 * (u - centre) ** 2 + 36**2 * (v - 128) ** 2 < 36**2 * 76**2 for centre in (84, 172)]
    grey = np.where(lungs[0] | lungs[1], 70, 190) + ((u ^ v) & 31)
    return (grey / 255).astype(np.float32)
