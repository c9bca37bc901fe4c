"""The official preprocessing of MedicalPatchNet and its baseline."""

import numpy as np
from numpy.typing import NDArray

from data_cache.geometry import Geometry
from data_cache.images.radiograph import Radiograph
from data_cache.resampling import bilinear


def preprocess(radiograph: Radiograph, input_size: int = 512) -> tuple[NDArray[np.float32], Geometry]:
    """Turn a radiograph into the model's input: largest centred square, antialiased bilinear to the input size.

    The same as `evalClassification.py` of the official code (TruhnLab/MedicalPatchNet): no mean or standard deviation
    is taken off. Rounding in the resize may leave values 1e-7 above 1, there and here.

    Args:
        radiograph: an image as `read_radiograph` returns it.
        input_size: side of the input in pixels.

    Returns:
        (image float32 (input_size, input_size), the geometry that leads back to the original).
    """
    height, width = radiograph.pixels.shape
    geometry = Geometry(height, width, input_size)
    square = radiograph.pixels[
        geometry.top : geometry.top + geometry.side, geometry.left : geometry.left + geometry.side
    ]
    return bilinear(square, (input_size, input_size), antialias=True), geometry
