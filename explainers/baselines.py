"""What an image is compared with: an image that says nothing."""

from typing import Literal

import cv2
import numpy as np

from explainers.types import FloatArray

BaselineName = Literal["mean", "blur", "black"]
BASELINE_WORDS = (
    "What the image is compared with. mean: its own mean grey everywhere; blur: the image out of focus (a Gaussian of "
    "5 % of its side); black: 0, which on a radiograph is air and so says something of its own."
)
_OUT_OF_FOCUS = 0.05  # of the image's side


def baseline_of(image: FloatArray, name: BaselineName) -> FloatArray:
    """The baseline (s, s) float32 of an image (s, s) in [0, 1]."""
    if name == "black":
        return np.zeros_like(image)
    if name == "mean":
        return np.full_like(image, image.mean(dtype=np.float64))
    blurred = cv2.GaussianBlur(image, (0, 0), _OUT_OF_FOCUS * len(image), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)
