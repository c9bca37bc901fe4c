"""The film at its full size: stored values in tiles and coarser levels, for looking closer than the models do.

Level 0 is the original; each further one has half as many pixels a side, each the mean of up to four. The browser has
the overview at first, the finest level of at most OVERVIEW pixels a side, and asks for tiles of what is in view.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from threading import RLock
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.images import Radiograph
from data_cache.images.stored import Stored, blocks

TILE = 256  # pixels a side
OVERVIEW = 768
MOST_TILES = 128  # at once
_QUICK = 1  # zlib's level: a few milliseconds a tile; stronger ones gain little on noise
_GONE = (
    "Expected the original of this radiograph, but the server has let it go to make room for others': open the file "
    "again to look closer."
)
Levels = list[NDArray[np.uint8] | NDArray[np.uint16]]
Place = tuple[int, int]  # column and row of a tile


class Film:
    """One radiograph's film; the levels finer than the overview may be let go, and read again where there is a file.

    Args:
        stored: its values.
        again: reads them again; None: what is let go is gone.

    Attributes:
        size: (height, width) of the original.
        shapes: (height, width) of each level.
        overview: which level the browser has at first.
        about: the values without the pixels: an array of no rows.
    """

    def __init__(self, stored: Stored, again: Callable[[], Radiograph] | None = None) -> None:
        self._again = again
        levels = pyramid(stored.codes)
        self.size = stored.codes.shape[0], stored.codes.shape[1]
        self.shapes = [level.shape for level in levels]
        self.overview = next(i for i, shape in enumerate(self.shapes) if max(shape) <= OVERVIEW)
        self.about = replace(stored, codes=stored.codes[:0].copy())
        self.coarse = levels[self.overview].copy() if self.overview else levels[0]
        self._levels: Levels | None = levels

    @property
    def dtype(self) -> np.dtype:
        """uint8 or uint16."""
        return self.coarse.dtype

    @property
    def held(self) -> int:
        """Bytes that letting go would free."""
        levels = self._levels
        return sum(level.nbytes for level in levels) if levels and self.overview else 0

    @property
    def needs_reading(self) -> bool:
        """Whether its finer levels were let go."""
        return self._levels is None

    def let_go(self) -> None:
        """Keep the overview alone."""
        if self.overview:
            self._levels = None

    def grid(self, level: int) -> tuple[int, int]:
        """How many rows and columns of tiles a level has."""
        height, width = self.shapes[level]
        return -(-height // TILE), -(-width // TILE)

    def tiles(self, level: int, places: Sequence[Place]) -> list[NDArray[np.uint8] | NDArray[np.uint16]]:
        """Return tiles of a level, smaller ones at its right and lower ends; reads the file again where it must.

        Raises:
            InputError: there is no such tile, or its level was let go and cannot be read again.
        """
        if self._levels is None:
            if self._again is None:
                raise InputError(_GONE)
            self._levels = pyramid(self._again().film.codes)
        levels = self._levels
        if not 0 <= level < len(self.shapes) or len(places) > MOST_TILES:
            raise InputError(f"Expected at most {MOST_TILES} tiles of a level from 0 to {len(self.shapes) - 1}.")
        height, width = self.shapes[level]
        for column, row in places:
            if not (0 <= column * TILE < width and 0 <= row * TILE < height):
                raise InputError(f"Expected tiles of a level of {width}×{height} pixels, found one outside.")
        return [levels[level][r * TILE : (r + 1) * TILE, c * TILE : (c + 1) * TILE] for c, r in places]


class Films:
    """The films of all visits, of which only so many bytes are held beyond the overviews: those seen longest ago go.

    Args:
        most: bytes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._films: OrderedDict[int, ref[Film]] = OrderedDict()  # a visit that ends takes its films along
        self._lock = RLock()

    def keep(self, film: Film) -> None:
        """Count a film that was read, or looked at again."""
        with self._lock:
            self._films[id(film)] = ref(film, partial(self._gone, id(film)))
            self._films.move_to_end(id(film))
            alive = [(key, found) for key, one in list(self._films.items()) if (found := one()) is not None]
            held = sum(one.held for _, one in alive)
            for key, one in alive:
                if held <= self._most or one is film:
                    break
                held -= one.held
                one.let_go()
                self._films.pop(key, None)

    def _gone(self, key: int, _: object) -> None:
        self._films.pop(key, None)


def pyramid(codes: NDArray[np.uint8] | NDArray[np.uint16]) -> Levels:
    """Return all levels, from the original to one that is no larger than a tile."""
    levels: Levels = [codes]
    while max(levels[-1].shape) > TILE:
        levels.append(_halved(levels[-1]))
    return levels


def _halved(codes: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """The mean of each 2×2, rounded half up; of an odd side's last row or column the mean of what there is."""
    height, width = codes.shape
    half = np.empty(((height + 1) // 2, (width + 1) // 2), codes.dtype)
    top = 0
    for rows in blocks(codes):
        if rows.shape[0] % 2:
            rows = np.concatenate([rows, rows[-1:]])
        if width % 2:
            rows = np.concatenate([rows, rows[:, -1:]], axis=1)
        wide = rows.astype(np.uint32)
        down = wide[0::2] + wide[1::2]
        part = (down[:, 0::2] + down[:, 1::2] + 2) >> 2
        half[top : top + len(part)] = part
        top += len(part)
    return half


def packed(tiles: Sequence[NDArray[np.uint8] | NDArray[np.uint16]]) -> NDArray[np.uint8]:
    """Return tiles one after the other, as the page's film/packing.js unpacks them.

    Each as differences from the value to the left (the first column: from the one above), modulo 2^8 or 2^16; of 16
    bits first all high bytes, then all low ones; then all together by zlib.
    """
    return np.frombuffer(zlib.compress(b"".join(_differences(tile) for tile in tiles), _QUICK), np.uint8)


def _differences(tile: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    changes = tile.copy()
    changes[:, 1:] -= tile[:, :-1]
    changes[1:, 0] -= tile[:-1, 0]
    if changes.dtype == np.uint8:
        return changes.tobytes()
    return (changes >> 8).astype(np.uint8).tobytes() + (changes & 255).astype(np.uint8).tobytes()
