"""One assessment of a model reading an image, from which every tab, export, answer and command speaks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evaluation.assessment.chest import STRAIGHT, UPRIGHT, whose
from evaluation.assessment.film import Film
from evaluation.assessment.verdict import Assessment, Reason, Remedy
from evaluation.trust.quality import QualityReference

if TYPE_CHECKING:
    from models.checkpoints import Origin

LEAST_SIDE, FEW_PIXELS = 64, 224  # of the shorter side
_FLAGS_OF_POSE = ("unfamiliar", "rotated", "inverted", "framing")
_REMEDIES: dict[str, Remedy] = {"inverted": "invert"}
_DEMO = Reason(
    "demo_weights",
    "The demonstration weights have only seen simulated films, so what they say about this image means nothing. "
    "`python -m models fetch` gets the official weights.",
)
_COLOUR = Reason("colour", "The picture is in colour, which no radiograph is.")
_BLANK = Reason("blank", "Every pixel is the same, so there is nothing to read.")


def assess(film: Film, origin: "Origin", reference: QualityReference | None = None) -> Assessment:
    """Say whether a model's output for an image can be read.

    Not assessable: a picture that is no frontal chest film, for every model; and anything but phantoms of this project,
    for demonstration weights. With caution: a film that is rotated or inverted, or that is unlike those that the model
    learned from.

    Args:
        film: the image.
        origin: whose weights the model has.
        reference: the images that the model learned from; None where nobody noted them.
    """
    against = list(_no_film(film))
    cautions = [] if against else [*_askew(film), *_unusual(film, reference)]
    if origin == "demo" and not film.simulated:
        against.append(_DEMO)
        cautions = [reason for reason in cautions if reason.remedy]  # how to lay it is worth knowing all the same
    if against:
        return Assessment("not_assessable", (*against, *cautions))
    return Assessment("caution", tuple(cautions)) if cautions else Assessment("readable")


def _no_film(film: Film) -> Iterator[Reason]:
    """Why an image is no frontal chest film at all."""
    if film.coloured:
        yield _COLOUR
    if film.stated:
        yield Reason("stated", f"Its header says that it is {film.stated}, not a frontal chest film.")
    if film.blank:
        yield _BLANK
    elif film.side < LEAST_SIDE:
        yield Reason("tiny", f"Its shorter side has {film.side} pixels, and a chest film needs {LEAST_SIDE} at least.")
    elif not film.pose.is_film and not film.coloured and not film.stated:
        yield Reason(
            "no_chest_film",
            f"It does not look like a frontal chest film, but like another view, another part of the body or another "
            f"kind of picture: its likeness to {whose()} is {max(film.pose.likeness, 0):.2f}, and an upright film "
            f"needs {UPRIGHT:.2f}.",
        )


def _askew(film: Film) -> Iterator[Reason]:
    """How a film lies otherwise than it should."""
    pose = film.pose
    if pose.quarters:
        how = {1: "90° clockwise", 2: "180°", 3: "90° counter-clockwise"}[pose.quarters]
        yield Reason("rotated", f"It is rotated by {how}, compared with {whose()}.", "rotate", 4 - pose.quarters)
    elif abs(pose.tilt) > STRAIGHT:
        way = "counter-clockwise" if pose.tilt > 0 else "clockwise"
        yield Reason("rotated", f"It is rotated by about {abs(pose.tilt):.0f}° {way}, compared with {whose()}.")
    if pose.inverted:
        yield Reason("inverted", f"Black and white are swapped, compared with {whose()}.", "invert")
    yield from _mirrored(film)
    if film.side < FEW_PIXELS:
        yield Reason(
            "small", f"Its shorter side has {film.side} pixels; details that models need may be missing below "
            f"{FEW_PIXELS}.",
        )  # fmt: skip


def _mirrored(film: Film) -> Iterator[Reason]:
    """That left and right are swapped; where the header says how it lies, that is believed, and the heart is not."""
    if film.mirrored:
        said = "Its header says that it lies mirrored: the patient's left and right are swapped."
        yield Reason("mirrored", said, "flip")
    elif film.mirrored is None and film.pose.mirrored:
        said = (
            f"It may lie mirrored, unless the heart is on the right or pushed aside: with left and right swapped its "
            f"likeness to {whose()} is {film.pose.swapped:.2f} instead of {film.pose.likeness:.2f}."
        )
        yield Reason("mirrored", said, "flip")


def _unusual(film: Film, reference: QualityReference | None) -> Iterator[Reason]:
    """How a film differs from those that the model learned from; its pose is left to what is known of any film."""
    if reference is None:
        return
    straight = film.pose.upright and abs(film.pose.tilt) <= STRAIGHT
    judged = film.compared(reference)
    for flag, sentence in zip(judged.flags, judged.sentences, strict=True):
        if straight or flag not in _FLAGS_OF_POSE:
            yield Reason(flag, sentence, _REMEDIES.get(flag))
