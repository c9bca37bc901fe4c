"""Does an image look like a frontal chest film, and which way does it lie?

It is compared with the mean of 2,000 simulated films, at 64×64 pixels and by ranks of grey values, so that exposure and
windowing do not matter. Two things are compared, both blind to broad light and shade, which photographs have too: what
is left of the ranks without their own blurred copy, and the direction of their slopes. Both are correlations; their
mean is the likeness. What it is for films and for other pictures stands in the README of `evaluation`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.trust.base import FloatArray
from evaluation.trust.pose import POSE_SIDE, centred_square, decode_template, ranks, turn

_STORED = Path(__file__).with_name("chest.json")
UPRIGHT = 0.40  # the likeness from which on an image that lies upright is taken for a frontal chest film
OTHERWISE = 0.48  # the same for one that is turned or inverted: there are more ways in which other pictures may fit
MIRRORED = 0.02  # by which a mirrored film must be more like the mean than as it is
STRAIGHT = 12.0  # degrees up to which it lies upright
_UPRIGHT_TILTS = (-12, -8, -4, 0, 4, 8, 12)  # degrees; people lie and stand a little askew
_FURTHER_TILTS = (*range(-45, -12, 5), *range(15, 46, 5))
_SCALES = (1.0, 1.15, 1.3)  # the chest may fill more of the picture than in the mean
_BROAD, _SLOPE_BLUR = 8.0, 2.0  # pixels of 64
_TRIM_SIDE, _TRIM_RANGE = 256, 0.06


@dataclass(frozen=True)
class Pose:
    """How an image fits the mean of films best.

    Attributes:
        likeness: −1 to 1.
        quarters: by how many quarter turns it lies turned clockwise, 0 to 3.
        inverted: whether its negative fits.
        tilt: degrees counter-clockwise by which it is turned besides, −45 to 45.
        swapped: its likeness with left and right swapped besides.
    """

    likeness: float
    quarters: int
    inverted: bool
    tilt: float
    swapped: float = -1.0

    @property
    def upright(self) -> bool:
        """Whether it lies as a film should."""
        return self.quarters == 0 and not self.inverted

    @property
    def is_film(self) -> bool:
        """Whether it is taken for a frontal chest film."""
        return self.likeness >= (UPRIGHT if self.upright and abs(self.tilt) <= STRAIGHT else OTHERWISE)

    @property
    def mirrored(self) -> bool:
        """Whether it seems to lie mirrored."""
        return self.swapped > self.likeness + MIRRORED


def small_film(pixels: FloatArray) -> FloatArray:
    """What `find_chest` looks at: the ranks of the centred square without an even margin, float32 (64, 64).

    Args:
        pixels: float32 (h, w) in [0, 1].
    """
    return ranks(centred_square(_without_margin(pixels), POSE_SIDE))


def find_chest(small: FloatArray) -> Pose:
    """Find the pose in which an image fits the mean of films best.

    An upright pose that is good enough is preferred to another one that is not.

    Args:
        small: see `small_film`.
    """
    poses = list(_poses(small))
    best = max(poses, key=lambda pose: pose.likeness)
    upright = max((pose for pose in poses if pose.upright), key=lambda pose: pose.likeness)
    pose = best if best.is_film else upright if upright.is_film else best
    return replace(pose, swapped=_swapped(small, pose))


def _swapped(small: FloatArray, pose: Pose) -> float:
    """The likeness of an image in a pose, mirrored."""
    mirrored = np.ascontiguousarray(np.rot90(small, pose.quarters)[:, ::-1])
    tilts = _UPRIGHT_TILTS if abs(pose.tilt) <= STRAIGHT else _FURTHER_TILTS
    return _best(_features([mirrored])[:, 0], 0, pose.inverted, tilts).likeness


@cache
def known_films() -> tuple[int, bool, FloatArray]:
    """How many films the mean is of, whether they are simulated, and the mean, (64, 64)."""
    stored = json.loads(_STORED.read_text("utf-8"))
    return stored["images"], stored["simulated"], decode_template(stored["template"])


def whose() -> str:
    """The films in words, for sentences."""
    images, simulated, _ = known_films()
    return f"the mean of {images:,} {'simulated' if simulated else 'real'} chest films"


def _poses(small: FloatArray) -> Iterator[Pose]:
    for quarters in range(4):
        features = _features([np.ascontiguousarray(np.rot90(small, quarters))])[:, 0]
        for inverted in (False, True):
            yield _best(features, quarters, inverted, _UPRIGHT_TILTS)
    yield _best(_features([small])[:, 0], 0, False, _FURTHER_TILTS)


def _best(features: FloatArray, quarters: int, inverted: bool, tilts: tuple[int, ...]) -> Pose:
    angles, bank = _bank(tilts)
    fits = np.einsum("fnp,fp->n", bank, features) / 2 * (-1 if inverted else 1)
    best = int(np.argmax(fits))
    return Pose(float(fits[best]), quarters, inverted, angles[best])


@cache
def _bank(tilts: tuple[int, ...]) -> tuple[tuple[float, ...], FloatArray]:
    """The mean at these tilts and several scales and places: the tilt of each, and (2, n, 64²) features."""
    _, _, template = known_films()
    parts = [(float(tilt), part) for tilt in tilts for part in _parts(turn(template, tilt))]
    return tuple(tilt for tilt, _ in parts), _features([part for _, part in parts])


def _parts(template: FloatArray) -> Iterator[FloatArray]:
    """The template as a whole, and enlarged: its upper, middle and lower part."""
    for scale in _SCALES:
        side = round(POSE_SIDE * scale)
        enlarged = cv2.resize(template, (side, side))
        left = (side - POSE_SIDE) // 2
        for top in sorted({0, left, 2 * left}):
            yield np.asarray(enlarged[top : top + POSE_SIDE, left : left + POSE_SIDE], np.float32)


def _features(images: Sequence[FloatArray]) -> FloatArray:
    """Both features of images (64, 64) as unit vectors: float32 (2, n, 64²), or (2, n, 2 · 64²) padded alike."""
    both = np.zeros((2, len(images), 2 * POSE_SIDE**2), np.float32)
    for place, image in enumerate(images):
        fine = image - cv2.GaussianBlur(image, (0, 0), _BROAD)
        both[0, place, : fine.size] = _unit((fine - fine.mean()).ravel())
        both[1, place] = _unit(_slopes(image).ravel())
    return both


def _slopes(image: FloatArray) -> FloatArray:
    """The direction in which an image becomes brighter, as long as the root of how much: (2, 64, 64), blurred."""
    across, down = cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1)
    length = np.sqrt(np.hypot(across, down)) + 1e-6
    return np.stack([cv2.GaussianBlur(part / length, (0, 0), _SLOPE_BLUR) for part in (across, down)], dtype=np.float32)


def _unit(values: FloatArray) -> FloatArray:
    return (values / max(float(np.linalg.norm(values)), 1e-9)).astype(np.float32)


def _without_margin(pixels: FloatArray) -> FloatArray:
    """Without rows and columns at the border along which nothing changes: collimation, and what scanners add."""
    small = cv2.resize(pixels, (_TRIM_SIDE, _TRIM_SIDE), interpolation=cv2.INTER_AREA)
    rows, columns = (_span(np.ptp(small, axis=axis), size) for axis, size in ((1, len(pixels)), (0, pixels.shape[1])))
    return pixels[rows, columns]


def _span(changes: NDArray[np.floating], size: int) -> slice:
    found = np.flatnonzero(changes > _TRIM_RANGE)
    if not found.size:
        return slice(0, size)
    return slice(int(found[0] * size / _TRIM_SIDE), int(np.ceil((found[-1] + 1) * size / _TRIM_SIDE)))
