"""What an image is judged by, kept small enough to stay with an open case."""

from dataclasses import dataclass

from data_cache.images import Radiograph


@dataclass(frozen=True, eq=False)
class Film:
    """What is kept of an image for its assessment.

    Attributes:
        coloured: whether it is a picture in colour.
        blank: whether every pixel is the same.
        simulated: whether it is a phantom of this project.
    """

    coloured: bool
    blank: bool
    simulated: bool


def film_of(radiograph: Radiograph, simulated: bool) -> Film:
    """Look at an image.

    Args:
        radiograph: of any size.
        simulated: whether it is a phantom of this project, which its source says and its pixels do not.
    """
    pixels = radiograph.pixels
    return Film(radiograph.coloured, bool(pixels.min() == pixels.max()), simulated)
