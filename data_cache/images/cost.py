"""How much memory reading an image takes, known from its header: so that a server can wait until there is room."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.images.channels import is_deep
from data_cache.images.pictures import FORMATS
from data_cache.images.quiet import quiet
from data_cache.images.radiograph import MAX_PIXELS

_DICOM_MARK = slice(128, 132)
_SAMPLE, _SAMPLED = 2_000_000, 16  # of the pixels, some are sorted to find white; bytes for each of them
_START = 1 << 20  # bytes in which a DICOM file says how large its image is
# Bytes a pixel when most is held (VmHWM of a process that reads one image, and up to a tenth more), the float32 result
# and the stored values among them.
_GREY, _COLOUR, _WIDE, _OTHER, _DEEP, _PLAIN_DICOM, _DICOM, _WIDE_DICOM = 11, 14, 17, 22, 29, 10, 18, 60
_BY_MODE = {
    **dict.fromkeys(("1", "L", "I;16", "P", "LA", "PA", "RGBA"), _GREY),
    "RGB": _COLOUR,
    **dict.fromkeys(("I", "F"), _WIDE),
}


def reading_bytes(data: bytes | Path) -> int:
    """Return how many bytes `read_radiograph` may hold at once for a file, its content and its result among them.

    Only the header is looked at. What will be refused, or is no image, costs its own bytes alone.

    Args:
        data: the file's content, or its path.

    Raises:
        OSError: the file is not there.
    """
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    start = data[:_START] if isinstance(data, bytes) else _start_of(data)
    pixels, each = _dicom(start) if start[_DICOM_MARK] == b"DICM" else _picture(data, start)
    return size + (pixels * each + min(pixels, _SAMPLE) * _SAMPLED if pixels <= MAX_PIXELS else 0)


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_START)


def _picture(data: bytes | Path, start: bytes) -> tuple[int, int]:
    """How many pixels, and bytes for each."""
    try:
        with quiet(), Image.open(BytesIO(data) if isinstance(data, bytes) else data, formats=FORMATS) as image:
            each = _OTHER if image.format == "WEBP" else _BY_MODE.get(image.mode, _OTHER)
            return image.width * image.height, _DEEP if is_deep(image, start) else each
    except Exception:  # strangers' bytes break parsers in any way; the reader says what is wrong
        return 0, 0


def _dicom(start: bytes) -> tuple[int, int]:
    """The same; the most there can be where the header goes on for longer, or cannot be read."""
    from data_cache.images.dicom import stated_pixels  # pydicom takes its time to import

    try:
        with quiet(), guarded(InputError("no header")):
            pixels, bits, plain = stated_pixels(start)
    except InputError:
        return MAX_PIXELS, _DICOM
    if not pixels and len(start) == _START:
        return MAX_PIXELS, _DICOM
    return pixels, _WIDE_DICOM if bits > 16 else _PLAIN_DICOM if plain else _DICOM
