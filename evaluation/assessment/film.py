"""What an image is judged by, kept small enough to stay with an open case."""

from dataclasses import dataclass

from data_cache.images import Radiograph
from evaluation.assessment.chest import Pose, find_chest, small_film
from evaluation.trust.base import FloatArray
from evaluation.trust.pose import centred_square
from evaluation.trust.quality import GREY_SIDE, Quality, QualityReference, quality


@dataclass(frozen=True, eq=False)
class Film:
    """What is kept of an image for its assessment.

    Attributes:
        square: float32 (256, 256) in [0, 1], its centred square, which is what models see.
        pose: how it fits the mean of frontal chest films.
        side: the shorter side in pixels.
        coloured: whether it is a picture in colour.
        stated: what its header says that it is, where that is no frontal radiograph; "" elsewhere.
        blank: whether every pixel is the same.
        simulated: whether it is a phantom of this project.
    """

    square: FloatArray
    pose: Pose
    side: int
    coloured: bool
    stated: str
    blank: bool
    simulated: bool

    def compared(self, reference: QualityReference) -> Quality:
        """What is unusual about the image among those that a model learned from."""
        return quality(Radiograph(self.square, (), bits=8, format="square"), reference)


def film_of(radiograph: Radiograph, simulated: bool) -> Film:
    """Look at an image.

    Args:
        radiograph: of any size.
        simulated: whether it is a phantom of this project; see `data_cache.simulated`.
    """
    pixels = radiograph.pixels
    return Film(
        square=centred_square(pixels, GREY_SIDE),
        pose=find_chest(small_film(pixels)),
        side=min(pixels.shape),
        coloured=radiograph.coloured,
        stated=radiograph.stated,
        blank=bool(pixels.min() == pixels.max()),
        simulated=simulated,
    )
