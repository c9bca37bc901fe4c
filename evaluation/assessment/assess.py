"""One assessment of a model reading an image, from which every tab, export, answer and command speaks."""

from typing import TYPE_CHECKING

from evaluation.assessment.film import Film
from evaluation.assessment.verdict import Assessment, Reason

if TYPE_CHECKING:
    from evaluation.trust.quality import QualityReference
    from models.checkpoints import Origin

_DEMO = Reason(
    "demo_weights",
    "The demonstration weights have only seen simulated films, so what they say about this image means nothing. "
    "`python -m models fetch` gets the official weights.",
)
_COLOUR = Reason("colour", "The picture is in colour, which no radiograph is.")
_BLANK = Reason("blank", "Every pixel is the same, so there is nothing to read.")


def assess(film: Film, origin: "Origin", reference: "QualityReference | None" = None) -> Assessment:
    """Say whether a model's output for an image can be read.

    Args:
        film: the image.
        origin: whose weights the model has.
        reference: the images that the model learned from; None where nobody noted them.
    """
    against = [_COLOUR] if film.coloured else []
    against += [_BLANK] if film.blank else []
    against += [_DEMO] if origin == "demo" and not film.simulated else []
    if against:
        return Assessment("not_assessable", tuple(against))
    return Assessment("readable")
