"""What an image is judged by, kept small enough to stay with an open case."""

from dataclasses import dataclass

from data_cache.bundled_films import shows_bundled
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
        mirrored: whether left and right are swapped in it, as its header has it; None where it does not say that.
    """

    square: FloatArray
    pose: Pose
    side: int
    coloured: bool
    stated: str
    blank: bool
    simulated: bool
    mirrored: bool | None = None

    def compared(self, reference: QualityReference) -> Quality:
        """What is unusual about the image among those that a model learned from."""
        return quality(Radiograph(self.square, (), bits=8, format="square"), reference)


_SIDES = {"R": (-1, 0), "L": (1, 0), "H": (0, -1), "F": (0, 1)}  # (x, y) of an upright frontal film


def film_of(radiograph: Radiograph, simulated: bool) -> Film:
    """Look at an image.

    Args:
        radiograph: of any size.
        simulated: whether its case is known to be a phantom of this project, see `data_cache.simulated`; a bundled one
            is known from its pixels too, however it lies.
    """
    pixels = radiograph.pixels
    return Film(
        square=centred_square(pixels, GREY_SIDE),
        pose=find_chest(small_film(pixels)),
        side=min(pixels.shape),
        coloured=radiograph.coloured,
        stated=radiograph.stated,
        blank=bool(pixels.min() == pixels.max()),
        simulated=simulated or shows_bundled(pixels),
        mirrored=_is_mirrored(radiograph.film.edges),
    )


def _is_mirrored(edges: tuple[str, str, str, str]) -> bool | None:
    """Whether a frontal film lies mirrored, turned or not; None where its edges are not known, or say another view.

    Args:
        edges: letters of the left, right, upper and lower edge, as `data_cache.images.stored.Stored` has them.
    """
    right, down = (_SIDES.get(edges[place][:1]) for place in (1, 3))
    if right is None or down is None:
        return None
    turn = right[0] * down[1] - right[1] * down[0]  # 1 where the lower edge follows the right one clockwise
    return turn < 0 if turn else None
