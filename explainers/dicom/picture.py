"""One picture of several maps with what must be read beside them: dark, as film viewers are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import wrap

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_SIDE, _GAP, _LINE, _COLUMNS = 448, 24, 26, 4
_GROUND, _INK, _SOFT, _ALERT, _BORDER = (0, 0, 0), (232, 236, 240), (168, 176, 186), (255, 176, 96), (255, 225, 77)
_MOST_TILES, _MOST_LINES = 16, 24
_WIDEST = 0.56  # of a letter's height that its width takes on average


@dataclass(frozen=True, eq=False)
class Tile:
    """A picture, uint8 (h, w, 3), RGB, and what stands below it."""

    picture: NDArray[np.uint8]
    caption: tuple[str, ...]


def outlined(grey: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Draw the border of a region over an image.

    Args:
        grey: float32 (h, w) in [0, 1].
        mask: bool (h, w).

    Returns:
        uint8 (h', w', 3), RGB, no side longer than a tile's.
    """
    size = _fitting(grey.shape)
    small = (cv2.resize(grey, size, interpolation=cv2.INTER_AREA) * 255 + 0.5).astype(np.uint8)
    inside = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return with_border(np.repeat(small[..., None], 3, axis=2), inside > 0)


def with_border(picture: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a picture, uint8 (h, w, 3), with the border of a region, bool (h, w), drawn over it."""
    borders, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(picture.copy(), borders, -1, _BORDER, 2), np.uint8)


def _fitting(shape: tuple[int, ...]) -> tuple[int, int]:
    """(width, height) of a picture that a tile has room for."""
    scale = min(1.0, _SIDE / max(shape[:2]))
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def compose(tiles: Sequence[Tile], title: str, said: Sequence[str]) -> NDArray[np.uint8]:
    """Lay tiles out in rows below a title, and sentences below them all.

    Args:
        tiles: the first `_MOST_TILES` are shown, the others counted.
        title: what it is of.
        said: sentences; the first stands out, below the title.

    Returns:
        uint8 (h, w, 3), RGB.
    """
    shown, more = [_fitted(tile) for tile in tiles[:_MOST_TILES]], len(tiles) - _MOST_TILES
    columns = max(1, min(_COLUMNS, len(shown)))
    width = max(2, columns) * (_SIDE + _GAP) + _GAP
    letters = int((width - 2 * _GAP) / (_WIDEST * 20))
    words = [*said[1:], *([f"{more} further maps are in the segmentations alone."] if more > 0 else [])]
    lines = [line for sentence in words for line in wrap(sentence, letters)][:_MOST_LINES]
    captions = max((len(tile.caption) for tile in shown), default=0)
    pitch = max((tile.picture.shape[0] for tile in shown), default=0) + captions * _LINE + _GAP
    top = 3 * _LINE + _GAP
    below = top + -(-len(shown) // columns) * pitch
    canvas = Image.new("RGB", (width, below + len(lines) * _LINE + _GAP), _GROUND)
    draw = ImageDraw.Draw(canvas)
    draw.text((_GAP, _GAP), title, fill=_INK, font=_font(26))
    draw.text((_GAP, _GAP + _LINE + 10), said[0], fill=_ALERT, font=_font(20))
    for at, tile in enumerate(shown):
        _draw_tile(canvas, draw, tile, (_GAP + at % columns * (_SIDE + _GAP), top + at // columns * pitch))
    for at, line in enumerate(lines):
        draw.text((_GAP, below + at * _LINE), line, fill=_SOFT, font=_font(20))
    return np.asarray(canvas, np.uint8)


def _fitted(tile: Tile) -> Tile:
    small = cv2.resize(tile.picture, _fitting(tile.picture.shape), interpolation=cv2.INTER_AREA)
    return Tile(np.asarray(small, np.uint8), tile.caption)


def _draw_tile(canvas: Image.Image, draw: ImageDraw.ImageDraw, tile: Tile, corner: tuple[int, int]) -> None:
    x, y = corner
    canvas.paste(Image.fromarray(tile.picture), (x, y))
    for at, line in enumerate(tile.caption):
        place = x, y + tile.picture.shape[0] + 6 + at * _LINE
        draw.text(place, line, fill=_INK if at == 0 else _SOFT, font=_font(20))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    import matplotlib as mpl  # whose fonts have every sign that is written here

    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
