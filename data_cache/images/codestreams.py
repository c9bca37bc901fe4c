"""Looking up the size that a compressed image states for itself, before a decoder is let loose on it."""

import struct

_JPEG_START = b"\xff\xd8"
_J2K_START = b"\xff\x4f\xff\x51"  # start of codestream, then the size marker, which must come next
_LEADING = 1024  # a JP2 box may stand before the codestream
_NO_LENGTH = {0x01, *range(0xD0, 0xD9)}
_FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # F7: JPEG-LS


def stated_size(frame: bytes) -> tuple[int, int] | None:
    """Return the (rows, columns) that a JPEG, JPEG-LS or JPEG 2000 codestream states; None if it states none.

    A DICOM file may state a small image and carry a codestream of a huge one: decoders believe the codestream.
    """
    try:
        if frame.startswith(_JPEG_START):
            return _jpeg_size(frame)
        start = frame[:_LEADING].find(_J2K_START)
        return _j2k_size(frame, start) if start >= 0 else None
    except (struct.error, IndexError):
        return None


def _jpeg_size(frame: bytes) -> tuple[int, int] | None:
    """Walk segments (marker, length, content) to the frame header: precision, rows, columns (ISO 10918-1, B.2.2)."""
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
            rows, columns = struct.unpack_from(">HH", frame, at + 5)
            return rows, columns
        (length,) = struct.unpack_from(">H", frame, at + 2)
        at += 2 + length


def _j2k_size(frame: bytes, start: int) -> tuple[int, int]:
    """Read the size marker: extent of the reference grid and the image's offset in it (ISO 15444-1, A.5.1)."""
    right, bottom, left, top = struct.unpack_from(">4I", frame, start + 8)
    return bottom - top, right - left
