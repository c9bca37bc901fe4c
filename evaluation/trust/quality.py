"""Is this picture what the model knows? Simple measures of a radiograph against those of the training images.

A radiograph of any size is cut to its centred square, which is what the models see, and brought to a fixed size. Grey
values are judged there. Its pose is judged at 64×64 against a template, the mean of the training images: each of them
and the radiograph are replaced by their ranks first, so that exposure and windowing do not matter, and compared by
correlation, turned by every angle, in both polarities, and as a part of the template.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, field_validator

from data_cache.errors import InputError
from data_cache.images import Radiograph
from evaluation.trust.base import FloatArray
from evaluation.trust.pose import POSE_SIDE, centred_square, decode_template, encode_template, find_pose, ranks

GREY_SIDE = 256
LIMITS = (0.1, 99.9)  # percentiles of the training images; with 14 limits about 1.4 % of such images lie outside one
_BLACK, _WHITE = 0.5 / 255, 254.5 / 255
_SATURATION_FLOOR = 0.02  # no warning about fewer clipped pixels, however few the training images have
_ANGLE_FLOOR = 10.0  # degrees; people lie and stand a little askew, simulated films hardly do


@dataclass(frozen=True)
class Measure:
    """One number of a radiograph, and what it means to lie outside the training images' limits.

    Attributes:
        words: what is measured.
        low, high: the flag below and above the limits; "" where that side means nothing.
    """

    words: str
    low: str = ""
    high: str = ""


FLOORS = {"black": _SATURATION_FLOOR, "white": _SATURATION_FLOOR, "angle": _ANGLE_FLOOR}

MEASURES: Mapping[str, Measure] = {
    "sharpness": Measure("log10 of the variance of the Laplacian over that of the image", "blurred", "grainy"),
    "middle": Measure("median grey value", "dark", "bright"),
    "range": Measure("99th minus 1st percentile of the grey values at the size at which they are judged", "flat", ""),
    "black": Measure("share of pixels that are entirely black", "", "black"),
    "white": Measure("share of pixels that are entirely white", "", "saturated"),
    "likeness": Measure("best correlation with the training images' mean in any pose", "unfamiliar", ""),
    "angle": Measure(
        "degrees, counter-clockwise, by which the best pose is rotated; limits of its size", "", "rotated"
    ),
    "cropping": Measure("how much better a part of the template fits than the whole", "", "framing"),
    "polarity": Measure("1, or −1 where the negative of the template fits better"),
}

SENTENCES: Mapping[str, str] = {
    "blurred": "The image is less sharp than {most} of {whose}; fine findings may be missed.",
    "grainy": "The image is noisier or more sharpened than {most} of {whose}.",
    "dark": "The image is darker than {most} of {whose}; check the exposure or the window.",
    "bright": "The image is brighter than {most} of {whose}; check the exposure or the window.",
    "flat": f"The image, averaged to {GREY_SIDE}×{GREY_SIDE} pixels, has less contrast than {{most}} of {{whose}} "
    "at that size; grain finer than that is left out.",
    "black": "More of the image is entirely black than in {most} of {whose}; it may be border, or detail is lost.",
    "saturated": "More of the image is entirely white than in {most} of {whose}; detail may be lost there.",
    "unfamiliar": "The image fits the mean of {whose} worse than {most} of them do, however it is rotated (correlation "
    "{likeness:.2f}). It may be another view, another kind of picture or a film made in another way: what the model "
    "says about it cannot be relied on.",
    "rotated": "Compared with the mean of {whose}, the image is rotated by about {angle:.0f}° {direction}; rotate it "
    "upright if so.",
    "inverted": "The negative of the image fits the mean of {whose} better; invert it if black and white are swapped.",
    "framing": "A part of the mean of {whose}, about {field:.0%} of its area, fits the image better than the whole: "
    "the field may be cut, or the chest fills more of the picture than in those.",
}
WHOSE: Mapping[bool, str] = {
    True: "the {images:,} simulated films that the model learned from",
    False: "the {images:,} images that the model learned from",
}


class Range(BaseModel):
    """What a measure was on the training images: its lowest and highest usual value (LIMITS) and its median."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float
    median: float
    high: float


class QualityReference(BaseModel):
    """The training images' measures and their mean, as it is stored in a profile.

    Attributes:
        images: how many.
        percentiles: which percentiles `Range.low` and `high` are.
        ranges: by measure.
        template: base64 of 64×64 bytes, row by row; only their proportions matter.
        simulated: whether they are simulated films. Sentences say so: a real film differs from those in many ways that
            say nothing against it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int
    percentiles: tuple[float, float]
    ranges: dict[str, Range]
    template: str
    simulated: bool = False

    @property
    def whose(self) -> str:
        """The training images in words, for the sentences."""
        return WHOSE[self.simulated].format(images=self.images)

    @field_validator("ranges")
    @classmethod
    def _complete(cls, ranges: dict[str, Range]) -> dict[str, Range]:
        if set(ranges) != set(MEASURES):
            raise ValueError(f"expected the measures {', '.join(MEASURES)}, found {', '.join(ranges)}")
        return ranges

    @field_validator("template")
    @classmethod
    def _readable(cls, template: str) -> str:
        decode_template(template)
        return template


@dataclass(frozen=True)
class Quality:
    """What is to be said about a radiograph.

    Attributes:
        values: by measure.
        flags: keys of SENTENCES that apply, in their order; empty when all is as usual.
        sentences: one for each flag, for a clinician.
    """

    values: Mapping[str, float]
    flags: tuple[str, ...]
    sentences: tuple[str, ...]


def quality(radiograph: Radiograph, reference: QualityReference) -> Quality:
    """Measure a radiograph and compare it with the training images.

    A flag is raised where a measure lies outside the training images' limits, and says how the image differs from
    those, not what it is: only images like them are known here. When the likeness is below its limit but a part of the
    template fits as well as the limit asks, the flag is "framing", else "unfamiliar", and then nothing is said about
    its pose. A blank image has neither sharpness nor likeness: both count as lowest.

    Args:
        radiograph: of any size.
        reference: of the images that the model was trained on.
    """
    template = decode_template(reference.template)
    values = measure(radiograph, template, reference.ranges["likeness"].low)
    flags = tuple(flag for flag in SENTENCES if flag in set(_flags(values, reference)))
    direction = "counter-clockwise" if values["angle"] > 0 else "clockwise"
    filled = {**values, "angle": abs(values["angle"]), "direction": direction}
    most = f"{reference.percentiles[1]:g} %"
    said = tuple(SENTENCES[flag].format(most=most, whose=reference.whose, **filled) for flag in flags)
    return Quality(values, flags, said)


def make_reference(radiographs: Iterable[Radiograph], simulated: bool = False) -> QualityReference:
    """Measure training images; they are gone through once, and kept only as small squares.

    Args:
        radiographs: the images.
        simulated: whether they are simulated films.

    Raises:
        InputError: there are none.
    """
    small, grey = [], []
    for radiograph in radiographs:
        grey.append(_grey_values(centred_square(radiograph.pixels, GREY_SIDE)))
        small.append(ranks(centred_square(radiograph.pixels, POSE_SIDE)))
    if not small:
        raise InputError("Expected at least one training image to compare with, found none.")
    encoded = encode_template(np.mean(small, axis=0))
    template = decode_template(encoded)
    measured = [values | find_pose(image, template, -1.0) for values, image in zip(grey, small, strict=True)]
    columns = {name: np.array([values[name] for values in measured]) for name in MEASURES}
    columns["angle"] = np.abs(columns["angle"])
    return QualityReference(
        images=len(small),
        percentiles=LIMITS,
        ranges={name: _range(column) for name, column in columns.items()},
        template=encoded,
        simulated=simulated,
    )


def measure(radiograph: Radiograph, template: FloatArray, film: float) -> dict[str, float]:
    """All measures of a radiograph, and "field", the share of the usual field in view.

    Args:
        radiograph: of any size.
        template: (64, 64).
        film: the likeness from which on the whole image is taken for a chest film, and only parts of the template in
            its pose are tried; below, upright parts are.
    """
    grey = _grey_values(centred_square(radiograph.pixels, GREY_SIDE))
    return grey | find_pose(ranks(centred_square(radiograph.pixels, POSE_SIDE)), template, film)


def _flags(values: Mapping[str, float], reference: QualityReference) -> Iterator[str]:
    outside = {flag for name, measured in MEASURES.items() for flag in _outside(name, measured, values, reference)}
    limit = reference.ranges["likeness"].low
    if "unfamiliar" in outside:
        if values["part"] >= limit:
            outside = outside - {"unfamiliar", "rotated"} | {"framing"}
        else:
            outside -= {"rotated", "framing"}
    elif values["polarity"] < 0:
        outside |= {"inverted"}
    yield from outside


def _outside(name: str, measured: Measure, values: Mapping[str, float], reference: QualityReference) -> Iterator[str]:
    usual = reference.ranges[name]
    value = abs(values[name]) if name == "angle" else values[name]
    highest = max(usual.high, FLOORS.get(name, usual.high))
    if measured.low and value < usual.low:
        yield measured.low
    if measured.high and value > highest:
        yield measured.high


def _grey_values(square: FloatArray) -> dict[str, float]:
    low, middle, high = np.percentile(square, (1, 50, 99))
    variance = float(square.var(dtype=np.float64))
    edges = float(cv2.Laplacian(square, cv2.CV_32F).var(dtype=np.float64))
    return {
        "sharpness": float(np.log10(edges / variance + 1e-9)) if variance > 1e-12 else -9.0,
        "middle": float(middle),
        "range": float(high - low),
        "black": float((square < _BLACK).mean()),
        "white": float((square > _WHITE).mean()),
    }


def _range(column: NDArray[np.float64]) -> Range:
    low, median, high = np.percentile(column, (LIMITS[0], 50, LIMITS[1]))
    return Range(low=round(low, 5), median=round(median, 5), high=round(high, 5))
