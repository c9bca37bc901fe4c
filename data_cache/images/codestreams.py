"""Looking at a compressed image before a decoder is let loose on it: the size it states, and how many parts it has."""

import struct
from dataclasses import dataclass

from data_cache.errors import InputError

_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_END, _TRAILING = b"\xff\xd9", 64
_JPEG_SCAN = b"\xff\xda"
_MOST_SCANS = 100  # progressive files have about ten; each may be empty and still takes a pass over all pixels
_MOST_CHUNKS = 20_000
_USUAL_CHUNK = 1 << 10  # encoders write image data in pieces of 8 KiB and more

_JPEG_START = b"\xff\xd8"
_J2K_START = b"\xff\x4f\xff\x51"  # start of codestream, then the size marker, which must come next
_LEADING = 1024  # a JP2 box may stand before the codestream
_NO_LENGTH = {0x01, *range(0xD0, 0xD9)}
_FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # F7: JPEG-LS


@dataclass(frozen=True)
class FrameHeader:
    """What a JPEG or JPEG-LS codestream states: its process (a marker's second byte), bits a sample, size, channels."""

    marker: int
    bits: int
    rows: int
    columns: int
    components: int


def frame_header(frame: bytes) -> FrameHeader | None:
    """Return the header of a JPEG or JPEG-LS codestream's frame; None if it is none, or states none."""
    try:
        return _frame_header(frame) if frame.startswith(_JPEG_START) else None
    except (struct.error, IndexError):
        return None


def stated_size(frame: bytes) -> tuple[int, int] | None:
    """Return the (rows, columns) that a JPEG, JPEG-LS or JPEG 2000 codestream states; None if it states none.

    A DICOM file may state a small image and carry a codestream of a huge one: decoders believe the codestream.
    """
    try:
        if frame.startswith(_JPEG_START):
            header = _frame_header(frame)
            return None if header is None else (header.rows, header.columns)
        start = frame[:_LEADING].find(_J2K_START)
        return _j2k_size(frame, start) if start >= 0 else None
    except (struct.error, IndexError):
        return None


def _frame_header(frame: bytes) -> FrameHeader | None:
    """Walk segments (marker, length, content) to the frame header: bits, size, channels (ISO 10918-1, B.2.2)."""
    at = 2
    while True:
        while frame[at] == 0xFF and frame[at + 1] == 0xFF:
            at += 1
        if frame[at] != 0xFF:
            return None
        marker = frame[at + 1]
        if marker in _NO_LENGTH:
            at += 2
            continue
        if marker in _FRAME_HEADERS:
            bits, rows, columns, components = struct.unpack_from(">BHHB", frame, at + 4)
            return FrameHeader(marker, bits, rows, columns, components)
        (length,) = struct.unpack_from(">H", frame, at + 2)
        at += 2 + length


def _j2k_size(frame: bytes, start: int) -> tuple[int, int]:
    """Read the size marker: extent of the reference grid and the image's offset in it (ISO 15444-1, A.5.1)."""
    right, bottom, left, top = struct.unpack_from(">4I", frame, start + 8)
    return bottom - top, right - left


def has_end(frame: bytes) -> bool:
    """Whether a JPEG or JPEG-LS codestream has its end: without it decoders make something up, or search for long."""
    return _JPEG_END in frame[-_TRAILING:]


def check_parts(data: bytes, name: str) -> None:
    """Refuse a JPEG of endlessly many scans and a PNG of endlessly many chunks, which a small file may have.

    Raises:
        InputError: it has.
    """
    if data.startswith(_JPEG_START) and data.count(_JPEG_SCAN) > _MOST_SCANS:
        raise InputError(
            f"{name}: expected a JPEG of at most {_MOST_SCANS} scans, found {data.count(_JPEG_SCAN)}; export it again."
        )
    if data.startswith(_PNG_START):
        most = max(_MOST_CHUNKS, len(data) // _USUAL_CHUNK)
        if _has_more_chunks(data, most):
            raise InputError(f"{name}: expected a PNG of at most {most:,} parts, found more; export it again.")


def _has_more_chunks(data: bytes, most: int) -> bool:
    """Walk a PNG's chunks: length, name, content, checksum (ISO 15948, 5.3)."""
    at = len(_PNG_START)
    for _ in range(most):
        if at + 12 > len(data):
            return False
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return at + 12 <= len(data)
