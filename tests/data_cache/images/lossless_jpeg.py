"""A JPEG Lossless encoder in a page: predictor 1, one Huffman table that holds every length (ISO 10918-1, annex H)."""

import struct

import numpy as np


def lossless_jpeg(values: np.ndarray, bits: int) -> bytes:
    """Encode (h, w) unsigned integers of at most `bits` bits; every difference's class gets a code of 5 bits."""
    height, width = values.shape
    table = bytes([0, 0, 0, 0, 17, *[0] * 11]) + bytes(range(17))  # 17 codes of 5 bits: the code is the class
    segments = [
        b"\xff\xd8",
        b"\xff\xc3" + struct.pack(">HBHHB3B", 11, bits, height, width, 1, 1, 0x11, 0),
        b"\xff\xc4" + struct.pack(">HB", 3 + len(table), 0) + table,
        b"\xff\xda" + struct.pack(">HB2B3B", 8, 1, 1, 0, 1, 0, 0),
    ]
    return b"".join(segments) + _stuffed(_bits(_differences(values.astype(np.int64), bits))) + b"\xff\xd9"


def _differences(values: np.ndarray, bits: int) -> np.ndarray:
    """To the left neighbour; in the first column to the one above, of the first pixel to half the range."""
    predicted = np.empty_like(values)
    predicted[:, 1:], predicted[1:, 0], predicted[0, 0] = values[:, :-1], values[:-1, 0], 1 << (bits - 1)
    return (values - predicted).ravel()


def _bits(differences: np.ndarray) -> str:
    parts = []
    for difference in differences.tolist():
        size = abs(difference).bit_length()
        below = difference if difference > 0 else difference + (1 << size) - 1
        parts.append(f"{size:05b}" + (f"{below:0{size}b}" if 0 < size < 16 else ""))
    return "".join(parts)


def _stuffed(bits: str) -> bytes:
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
