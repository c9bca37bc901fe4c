"""The note that `python -m data_cache phantom` writes into each image: that it is simulated, and no patient's.

It says so as long as it stands where it was written: most programs that save the picture anew lose it.
"""

import zlib

NOTE = "Simulated radiograph, no patient (MedicalPatchNet Explorer, data_cache phantom)"
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"  # JPEG as JFIF, whose own segment comes first
_IHDR_END = len(_PNG) + 25  # length, name, 13 bytes and checksum of the first chunk


def _chunk() -> bytes:
    """The note as PNG's text chunk."""
    named = b"tEXtSource\0" + NOTE.encode("ascii")
    return (len(named) - 4).to_bytes(4, "big") + named + zlib.crc32(named).to_bytes(4, "big")


def _segment() -> bytes:
    """The note as JPEG's comment."""
    text = NOTE.encode("ascii")
    return b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text


def _place(data: bytes) -> int:
    """Where a JPEG's first segment ends."""
    return 4 + int.from_bytes(data[4:6], "big")


def marked(data: bytes) -> bytes:
    """Return a PNG or JPEG file with the note before its pixels; another file as it is."""
    if data.startswith(_PNG):
        return data[:_IHDR_END] + _chunk() + data[_IHDR_END:]
    if data.startswith(_JPEG):
        return data[: _place(data)] + _segment() + data[_place(data) :]
    return data


def is_marked(data: bytes) -> bool:
    """Whether a file has the note where it was written: nobody else puts it there by chance."""
    if data.startswith(_PNG):
        return data.startswith(_chunk(), _IHDR_END)
    return data.startswith(_JPEG) and data.startswith(_segment(), _place(data))
