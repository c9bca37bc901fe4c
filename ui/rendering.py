"""The only place where values become colours. The viewer in the browser draws with the tables made here.

Colour scale of signed maps: red supports, blue opposes, white is neutral. Of all pairs, red and blue stay apart for
readers with the common colour vision deficiencies, and both differ from white in lightness too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

NEUTRAL = 127  # index of zero in a table; 0 is the strongest negative value, 2 * NEUTRAL the strongest positive
SIZE = 2 * NEUTRAL + 1
_WHITE = (255, 255, 255)
_RED = (214, 32, 39)
_BLUE = (24, 90, 219)
_VIOLET = (138, 43, 226)
_ORANGE = (217, 95, 2)
_PURPLE = (84, 39, 136)
_TEAL = (0, 112, 105)
# Eleven colours of cividis (Nuñez, Anderton and Renslow, PLOS ONE 2018), read off Matplotlib's table.
_CIVIDIS = (
    (0, 34, 78), (8, 51, 112), (53, 69, 108), (79, 87, 108), (102, 105, 112), (125, 124, 120),
    (148, 142, 119), (174, 163, 113), (200, 184, 102), (229, 207, 82), (254, 232, 56),
)  # fmt: skip
# Readers' lines on film, and their dashes in widths of the line; readers.css has the same in pixels of 2 a width.
READER_LOOKS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("#5cc8ff", ()),
    ("#ffa53d", (3.5, 2)),
    ("#5ee6a8", (1, 1.5)),
    ("#ff94d4", (4.5, 1.5, 1, 1.5)),
    ("#c9b3ff", (7, 2)),
    ("#f2f2f2", (2, 1, 0.5, 1, 0.5, 1)),
)
_FAINT, _STRONG = 4.0, 0.6  # exponents of the opacity at zero and at the ends of the scale


@dataclass(frozen=True, eq=False)
class Palette:
    """A colour scale over [-limit, limit].

    Attributes:
        colours: uint8 (SIZE, 3), RGB.
        exponents: float64 (SIZE,); at opacity o an entry covers the radiograph by o ** exponent. Strong values cover
            more than weak ones, so that anatomy stays visible where a map says little; at opacity 1 all cover it.
    """

    colours: NDArray[np.uint8]
    exponents: NDArray[np.float64]


def _ramp(low: tuple[int, int, int], high: tuple[int, int, int]) -> NDArray[np.uint8]:
    strength = np.abs(np.linspace(-1.0, 1.0, SIZE))[:, None]
    end = np.where(np.arange(SIZE)[:, None] < NEUTRAL, low, high)
    return np.rint(np.array(_WHITE) + strength * (end - np.array(_WHITE))).astype(np.uint8)


def _exponents() -> NDArray[np.float64]:
    return _FAINT + (_STRONG - _FAINT) * np.abs(np.linspace(-1.0, 1.0, SIZE))


def _rising_exponents() -> NDArray[np.float64]:
    return np.where(np.arange(SIZE) < NEUTRAL, _FAINT, _exponents())


def _between(anchors: tuple[tuple[int, int, int], ...]) -> NDArray[np.uint8]:
    """A scale through colours at equal distances, from the strongest negative value to the strongest positive one."""
    at, places = np.linspace(0, 1, SIZE), np.linspace(0, 1, len(anchors))
    channels = [np.interp(at, places, channel) for channel in zip(*anchors, strict=True)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def _positive_half(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One-sided: the whole scale from zero on, and its beginning for all that is below."""
    return colours[np.maximum(0, 2 * np.arange(SIZE) - 2 * NEUTRAL)]


PALETTES: dict[str, Palette] = {
    "diverging": Palette(_ramp(_BLUE, _RED), _exponents()),  # supports and opposes
    "supporting": Palette(_ramp(_WHITE, _RED), _rising_exponents()),  # supports; below zero says nothing
    "strength": Palette(_ramp(_WHITE, _VIOLET), _rising_exponents()),  # neither for nor against
    "diverging-orange-purple": Palette(_ramp(_PURPLE, _ORANGE), _exponents()),
    "supporting-orange-purple": Palette(_ramp(_WHITE, _ORANGE), _rising_exponents()),
    "strength-orange-purple": Palette(_ramp(_WHITE, _TEAL), _rising_exponents()),
    "diverging-cividis": Palette(_between(_CIVIDIS), _exponents()),
    "supporting-cividis": Palette(_positive_half(_between(_CIVIDIS)), _rising_exponents()),
    "strength-cividis": Palette(_ramp(_WHITE, _TEAL), _rising_exponents()),
}


@dataclass(frozen=True)
class Scheme:
    """A choice of colours with its words: PALETTES[f"{kind}-{key}"] where there is one, else PALETTES[kind]."""

    key: str
    label: str
    supports: str
    opposes: str
    neutral: str


SCHEMES = (
    Scheme("red-blue", "red / blue", "red", "blue", "white"),
    Scheme("orange-purple", "orange / purple", "orange", "purple", "white"),
    Scheme("cividis", "yellow / dark blue (cividis)", "yellow", "dark blue", "grey"),
)


def agreement_colours(count: int) -> NDArray[np.uint8]:
    """Return a step of cividis for each number of methods that agree, 0 … count: uint8 (count + 1, 3), RGB.

    Its lightness rises evenly, so that the steps keep their order for readers with any colour vision.
    """
    return _between(_CIVIDIS)[np.rint(np.linspace(0, SIZE - 1, count + 1)).astype(int)]


def colour_indices(values: ArrayLike, limit: float) -> NDArray[np.uint8]:
    """Return the entry of a palette for each value.

    Args:
        values: numbers of any real dtype and shape; beyond ±limit they take the end of the scale, NaN is neutral.
        limit: the value at the end of the scale, in the values' unit, positive.

    Raises:
        ValueError: limit is not a positive number.
    """
    if not limit > 0 or not np.isfinite(limit):
        raise ValueError(f"Expected a positive limit of the colour scale, found {limit}.")
    share = np.clip(np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0) / limit, -1.0, 1.0)
    return np.floor(share * NEUTRAL + NEUTRAL + 0.5).astype(np.uint8)


def nice_ceiling(value: float) -> float:
    """Return the next larger round number, so that colour scales do not jump with every map; 1 for nothing."""
    if not value > 0 or not np.isfinite(value):
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    step = next(step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9))
    return float(f"{step * power:.2g}")


def colourise(values: ArrayLike, limit: float, palette: str = "diverging") -> NDArray[np.uint8]:
    """Return the colours of values: uint8 (..., 3), RGB; see `colour_indices`."""
    return PALETTES[palette].colours[colour_indices(values, limit)]


def overlay(
    image: NDArray[np.float32], values: ArrayLike, limit: float, opacity: float, palette: str = "diverging"
) -> NDArray[np.uint8]:
    """Lay a map over a radiograph.

    Args:
        image: float32 (h, w) in [0, 1], 0 black.
        values: (h, w), any real dtype, on the same grid.
        limit: the value at the end of the colour scale.
        opacity: 0 shows the radiograph alone, 1 the colours alone.

    Returns:
        uint8 (h, w, 3), RGB.
    """
    indices = colour_indices(values, limit)
    chosen = PALETTES[palette]
    cover = (np.power(opacity, chosen.exponents) if opacity > 0 else np.zeros(SIZE))[indices][..., None]
    grey = grey_bytes(image)[..., None].astype(np.float64)
    return np.floor(grey * (1 - cover) + chosen.colours[indices] * cover + 0.5).astype(np.uint8)


def grey_bytes(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return a grey image in [0, 1] as bytes; values outside are clipped, never wrapped."""
    return np.rint(np.clip(image, 0.0, 1.0) * 255).astype(np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return uint8 pixels, (h, w) grey or (h, w, 3) RGB, as a PNG file."""
    return _encode(pixels, "PNG")


def thumbnail(image: NDArray[np.float32], side: int) -> bytes:
    """Return a small JPEG of the centre square of a grey image in [0, 1]."""
    crop = min(image.shape)
    top, left = ((length - crop) // 2 for length in image.shape)
    square = Image.fromarray(grey_bytes(image[top : top + crop, left : left + crop]))
    return _encode(np.asarray(square.resize((side, side), Image.Resampling.BOX, reducing_gap=2.0)), "JPEG")


def _encode(pixels: NDArray[np.uint8], file_format: str) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, file_format)
    return buffer.getvalue()


def outline_path(polygons: Iterable[NDArray[np.floating]], spacing: float = 0.5) -> str:
    """Return closed polygons as the data of one SVG path.

    Args:
        polygons: (n, 2) each, (x, y).
        spacing: points nearer than this to the one before are left out, in the polygons' unit.
    """
    return "".join(_closed(polygon, spacing) for polygon in polygons if len(polygon))


def _closed(polygon: NDArray[np.floating], spacing: float) -> str:
    kept = [polygon[0]]
    for point in polygon[1:]:
        if np.abs(point - kept[-1]).max() >= spacing:
            kept.append(point)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept).replace(".0", "") + "Z"
