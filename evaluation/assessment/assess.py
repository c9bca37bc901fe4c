"""One assessment of a model reading an image, from which every tab, export, answer and command speaks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evaluation.assessment.chest import STRAIGHT, UPRIGHT, whose
from evaluation.assessment.film import Film
from evaluation.assessment.verdict import Assessment, Reason, Remedy
from evaluation.assessment.words import TURNED, WORDS
from evaluation.trust.quality import QualityReference

if TYPE_CHECKING:
    from models.checkpoints import Origin

LEAST_SIDE, FEW_PIXELS = 64, 224  # of the shorter side
FLAGS_OF_POSE = ("unfamiliar", "rotated", "inverted", "framing")
REMEDIES: dict[str, Remedy] = {"inverted": "invert"}


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
        against.append(_reason("demo_weights"))
        cautions = [reason for reason in cautions if reason.remedy]  # how to lay it is worth knowing all the same
    if against:
        return Assessment("not_assessable", (*against, *cautions))
    return Assessment("caution", tuple(cautions)) if cautions else Assessment("readable")


def _no_film(film: Film) -> Iterator[Reason]:
    """Why an image is no frontal chest film at all."""
    if film.coloured:
        yield _reason("colour")
    if film.stated:
        yield _reason("stated", stated=film.stated)
    if film.blank:
        yield _reason("blank")
    elif film.side < LEAST_SIDE:
        yield _reason("tiny", side=film.side, least=LEAST_SIDE)
    elif not film.pose.is_film and not film.coloured and not film.stated:
        yield _reason("no_chest_film", whose=whose(), likeness=max(film.pose.likeness, 0), least=UPRIGHT)


def _askew(film: Film) -> Iterator[Reason]:
    """How a film lies otherwise than it should."""
    pose = film.pose
    if pose.quarters:
        said = WORDS["turned"].format(how=TURNED[pose.quarters], whose=whose())
        yield Reason("rotated", said, "rotate", 4 - pose.quarters)
    elif abs(pose.tilt) > STRAIGHT:
        way = "counter-clockwise" if pose.tilt > 0 else "clockwise"
        yield Reason("rotated", WORDS["tilted"].format(angle=abs(pose.tilt), way=way, whose=whose()))
    if pose.inverted:
        yield Reason("inverted", WORDS["inverted"].format(whose=whose()), "invert")
    yield from _mirrored(film)
    if film.side < FEW_PIXELS:
        yield _reason("small", side=film.side, least=FEW_PIXELS)


def _mirrored(film: Film) -> Iterator[Reason]:
    """That left and right are swapped; where the header says how it lies, that is believed, and the heart is not."""
    pose = film.pose
    if film.mirrored:
        yield Reason("mirrored", WORDS["lies_mirrored"], "flip")
    elif film.mirrored is None and pose.mirrored:
        said = WORDS["may_be_mirrored"].format(whose=whose(), swapped=pose.swapped, likeness=pose.likeness)
        yield Reason("mirrored", said, "flip")


def _reason(key: str, **found: object) -> Reason:
    return Reason(key, WORDS[key].format(**found))


def _unusual(film: Film, reference: QualityReference | None) -> Iterator[Reason]:
    """How a film differs from those that the model learned from; its pose is left to what is known of any film."""
    if reference is None:
        return
    straight = film.pose.upright and abs(film.pose.tilt) <= STRAIGHT
    judged = film.compared(reference)
    for flag, sentence in zip(judged.flags, judged.sentences, strict=True):
        if straight or flag not in FLAGS_OF_POSE:
            yield Reason(flag, sentence, REMEDIES.get(flag))
