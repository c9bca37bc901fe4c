"""Films that a site hands out as the files that they were read from: JPEGs with nothing in them but the picture."""

from collections.abc import Callable, Mapping
from io import BytesIO

import numpy as np
from PIL import Image

from data_cache.case import Case
from ui.film import Film

_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
_TABLE = 65  # bytes of a table of 8 bits: its number, and 64 steps
# What may stand in such a file, by the second byte of its marker.
_KNOWN: Mapping[int, Callable[[bytes], bool]] = {
    0xE0: lambda jfif: len(jfif) == 14 and jfif.startswith(b"JFIF\0") and jfif.endswith(b"\0\0"),  # no thumbnail
    0xDB: lambda tables: len(tables) % _TABLE == 0 and all(number < 16 for number in tables[::_TABLE]),
    0xC0: lambda frame: len(frame) == 9 and (frame[0], frame[5], frame[7]) == (8, 1, 0x11),
    0xC4: lambda codes: True,
    _SCAN: lambda scan: len(scan) == 6 and scan[0] == 1 and scan[3:] == b"\0\x3f\0",
}


def film_file(case: Case, film: Film) -> bytes | None:
    """Return a case's file where the page reads from it what the film is; None where that needs files of its own.

    Args:
        case: whose image may be a file.
        film: as it is shown; a JPEG of other pixels, or of so many that there are tiles, is none.
    """
    if film.overview or film.dtype != np.uint8 or case.image_path is None:
        return None
    data = case.image_path.read_bytes()
    if not is_bare(data):
        return None
    with Image.open(BytesIO(data)) as image:
        return data if np.array_equal(np.asarray(image), film.coarse) else None


def is_bare(data: bytes) -> bool:
    """Whether a file is a JPEG of the one way that js/film/jpeg.js reads, and nothing else is in it.

    That is baseline with one channel of 8 bits and without restarts. JFIF's segment is all that stands beside it: no
    note, profile, EXIF or thumbnail, and nothing behind its end.
    """
    if not (data.startswith(_START) and data.endswith(_END)):
        return False
    at, marker = len(_START), 0
    while marker != _SCAN:
        start, marker, length = data[at : at + 1], data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        content, at = data[at + 4 : at + 2 + length], at + 2 + length
        if start != b"\xff" or at + len(_END) > len(data) or marker not in _KNOWN or not _KNOWN[marker](content):
            return False
    return b"\xff" not in data[at : -len(_END)].replace(b"\xff\0", b"")
