"""How a radiograph lies against a template, the mean of the training images, at 64×64 pixels.

Both are ranks of grey values, so that exposure and windowing do not matter, and are compared by correlation.
"""

import base64
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from evaluation.trust.base import FloatArray

POSE_SIDE = 64
_ANGLES = tuple(sorted({*range(-30, 31, 2), *range(-180, 180, 10)}))
_PARTS = (1.0, 1.1, 1.2, 1.35, 1.5, 1.7, 2.0)
_GRAIN = 1e-4  # grey values closer than this share a rank, or rounding would order an even background


def find_pose(image: FloatArray, template: FloatArray, film: float) -> dict[str, float]:
    """Find the turn and polarity of the template that fit an image best, then the part of it that does.

    Args:
        image: (64, 64) ranks.
        template: (64, 64).
        film: the likeness from which on the image is turned upright before parts of the template are tried.

    Returns:
        likeness: the largest |correlation| with the template turned by any angle, within the inscribed disc.
        angle: at which, degrees counter-clockwise in (−180, 180), in steps of 2 up to 30, of 10 beyond.
        polarity: its sign; 1 for a blank image, whose likeness is 0.
        part, cropping: the best correlation with a part of the template, and how much that is above the whole's.
        field: the area of that part as a share of the template.
    """
    fits = _turned(template) @ _unit(image[_disc()])
    best = int(np.argmax(np.abs(fits)))
    likeness, polarity, angle = float(abs(fits[best])), float(np.sign(fits[best]) or 1), float(_ANGLES[best])
    upright = polarity * turn(image, -angle) if likeness >= film else image
    parts = [_best_part(upright, template, scale) for scale in _PARTS]
    part = int(np.argmax(parts))
    return {
        "likeness": likeness,
        "angle": angle,
        "polarity": polarity,
        "cropping": max(parts) - parts[0],
        "part": max(parts),
        "field": _PARTS[part] ** -2,
    }


def _best_part(image: FloatArray, template: FloatArray, scale: float) -> float:
    """The best correlation of the image, shrunk by a factor, with any part of the template that it then covers."""
    side = round(POSE_SIDE / scale)
    shrunk = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    if shrunk.std() < 1e-6:
        return 0.0
    return float(cv2.matchTemplate(template, shrunk, cv2.TM_CCOEFF_NORMED).max())


def _turned(template: FloatArray) -> FloatArray:
    """The template at every angle, within the disc, as unit vectors: (angles, pixels)."""
    return np.stack([_unit(turn(template, angle)[_disc()]) for angle in _ANGLES])


def turn(image: FloatArray, angle: float) -> FloatArray:
    """Turn counter-clockwise about the centre; what comes in from outside repeats the border."""
    centre = ((POSE_SIDE - 1) / 2, (POSE_SIDE - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, float(angle), 1)
    turned = cv2.warpAffine(image, matrix, image.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.float32)


@cache
def _disc() -> NDArray[np.bool_]:
    """The pixels that stay in view at every angle."""
    rows, columns = np.mgrid[:POSE_SIDE, :POSE_SIDE] - (POSE_SIDE - 1) / 2
    return rows**2 + columns**2 <= (POSE_SIDE / 2) ** 2


def _unit(values: FloatArray) -> FloatArray:
    centred = values - values.mean()
    return (centred / max(float(np.linalg.norm(centred)), 1e-9)).astype(np.float32)


def ranks(square: FloatArray) -> FloatArray:
    """Ranks with mean 0 and deviation 1, equals sharing theirs; zeros for a blank image."""
    from scipy.stats import rankdata  # takes most of a second to import

    found = np.asarray(rankdata(np.round(square / _GRAIN))).reshape(square.shape)
    return ((found - found.mean()) / max(float(found.std()), 1e-9)).astype(np.float32)


def centred_square(pixels: FloatArray, side: int) -> FloatArray:
    """The centred square of an image (h, w), averaged or interpolated to (side, side)."""
    height, width = pixels.shape
    least = min(height, width)
    top, left = (height - least) // 2, (width - least) // 2
    square = pixels[top : top + least, left : left + least]
    way = cv2.INTER_AREA if least >= side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (side, side), interpolation=way), np.float32)


def encode_template(template: NDArray) -> str:
    """Base64 of the template (64, 64) as bytes from 0, its lowest, to 255, its highest value."""
    scaled = (template - template.min()) / max(float(np.ptp(template)), 1e-9)
    return base64.b64encode(np.round(scaled * 255).astype(np.uint8).tobytes()).decode()


@cache
def decode_template(encoded: str) -> FloatArray:
    """What `encode_template` wrote, read-only, between 0 and 1. Raises InputError where it is something else."""
    try:
        stored = np.frombuffer(base64.b64decode(encoded, validate=True), np.uint8)
        template = stored.reshape(POSE_SIDE, POSE_SIDE).astype(np.float32)
    except ValueError:
        raise InputError(f"Expected a template of {POSE_SIDE}×{POSE_SIDE} bytes in base64, found another.") from None
    template /= 255
    template.flags.writeable = False
    return template
