"""PNG files of every kind that a radiograph may come as, of odd sizes, written chunk by chunk."""

import struct
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_SIZES = ((16, 16), (17, 900), (901, 16), (233, 300), (301, 257), (64, 63), (229, 228))  # (height, width)


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk with its length and checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(
    samples: NDArray[np.unsignedinteger],
    depth: int,
    colour: int,
    *,
    interlaced: bool = False,
    before: Mapping[bytes, bytes] | None = None,
    pieces: int = 1,
) -> bytes:
    """A PNG of samples (h, w, channels), every filter in use, with chunks before the pixels."""
    height, width = samples.shape[:2]
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    rows = b"".join(_rows(samples[top::down, left::across], depth) for left, top, across, down in passes)
    packed = zlib.compress(rows, 1)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    cut = [len(packed) * i // pieces for i in range(pieces + 1)]
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            *(chunk(kind, content) for kind, content in (before or {}).items()),
            *(chunk(b"IDAT", packed[start:end]) for start, end in pairwise(cut)),
            chunk(b"IEND", b""),
        ]
    )


def _rows(part: NDArray[np.unsignedinteger], depth: int) -> bytes:
    """Rows of a pass with their filters, which change from row to row."""
    if not part.size:
        return b""
    height, _, channels = part.shape
    flat = part.reshape(height, -1)
    if depth == 16:
        lines = flat.astype(">u2").view(np.uint8).reshape(height, -1)
    elif depth == 8:
        lines = flat.astype(np.uint8)
    else:
        bits = np.unpackbits(flat.astype(np.uint8)[..., None], axis=2)[..., 8 - depth :].reshape(height, -1)
        lines = np.packbits(bits, axis=1)
    filtered = _filtered(lines, max(1, channels * depth // 8))
    kinds = (np.arange(height) % 5).astype(np.uint8)
    return np.column_stack([kinds, filtered]).tobytes()


def _filtered(lines: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Each row as the filter of its number leaves it, counted from 0 to 4 again and again; PNG 3rd edition, 9.2."""
    whole = lines.astype(np.int16)
    up, left, corner = np.zeros((3, *whole.shape), np.int16)
    up[1:], left[:, step:], corner[1:, step:] = whole[:-1], whole[:, :-step], whole[:-1, :-step]
    guess = left + up - corner
    near = np.where(abs(guess - up) <= abs(guess - corner), up, corner)
    paeth = np.where((abs(guess - left) <= abs(guess - up)) & (abs(guess - left) <= abs(guess - corner)), left, near)
    for number, told in enumerate((left, up, (left + up) // 2, paeth), 1):
        whole[number::5] -= told[number::5]
    return whole.astype(np.uint8)


def _smooth(rng: np.random.Generator, size: tuple[int, int], channels: int, white: int) -> NDArray[np.uint16]:
    """Something like a film: a gradient, blobs and noise, other ones in each channel."""
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    waves = [np.sin(x / (5 + 9 * c)) * np.cos(y / (7 + 5 * c)) + rng.normal(0, 0.1, size) for c in range(channels)]
    values = np.stack(waves, axis=2)
    return np.clip((values + 1.2) / 2.4 * white, 0, white).astype(np.uint16)


def png_files() -> Iterator[tuple[str, bytes]]:
    """Names and contents."""
    rng = np.random.default_rng(19)
    kinds = [(GREY, (1, 2, 4, 8, 16)), (COLOUR, (8, 16)), (PALETTE, (1, 2, 4, 8)), (GREY_ALPHA, (8, 16))]
    number = 0
    for colour, depths in [*kinds, (COLOUR_ALPHA, (8, 16))]:
        for depth in depths:
            for interlaced in (False, True):
                number += 1
                size = _SIZES[number % len(_SIZES)]
                samples = _smooth(rng, size, _CHANNELS[colour], (1 << depth) - 1)
                before = {b"PLTE": rng.integers(0, 256, 3 << depth).astype(np.uint8).tobytes()} if colour == 3 else {}
                name = f"{colour}-{depth}{'-interlaced' * interlaced}-{size[0]}x{size[1]}.png"
                yield name, png(samples, depth, colour, interlaced=interlaced, before=before, pieces=1 + number % 3)
    yield from _transparent(rng)
    yield from _deep(rng)
    yield from _odd(rng)


def _transparent(rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """One colour that is said to be transparent, alpha in a palette, nothing transparent at all."""
    size = (70, 90)
    for depth in (1, 2, 4, 8, 16):
        samples = _smooth(rng, size, 1, (1 << depth) - 1)
        key = {b"tRNS": struct.pack(">H", int(samples[3, 4, 0]))}
        yield f"key-{depth}.png", png(samples, depth, GREY, before=key)
    for depth in (8, 16):
        samples = _smooth(rng, size, 3, (1 << depth) - 1)
        key = {b"tRNS": struct.pack(">3H", *samples[5, 6].tolist())}
        yield f"key-colour-{depth}.png", png(samples, depth, COLOUR, before=key)
    palette = {b"PLTE": rng.integers(0, 256, 600).astype(np.uint8).tobytes()}  # 200 colours, and indices beyond
    indices = _smooth(rng, size, 1, 255)
    yield "palette-short.png", png(indices, 8, PALETTE, before=palette)
    for name, alpha in {"one": bytes([255, 255, 0]), "some": bytes(range(0, 200, 7)), "none": b"\xff\xff"}.items():
        yield f"palette-alpha-{name}.png", png(indices % 190, 8, PALETTE, before={**palette, b"tRNS": alpha})
    for depth in (8, 16):
        opaque = _smooth(rng, size, 4, (1 << depth) - 1)
        opaque[..., 3] = (1 << depth) - 1
        yield f"opaque-{depth}.png", png(opaque, depth, COLOUR_ALPHA)


def _deep(rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """Detectors' 10, 12 and 14 bits in 16, with markers, borders, one value alone, and grey stored as colours."""
    for white in (200, 1023, 4095, 16383):
        values = _smooth(rng, (230, 241), 1, white)
        yield f"white-{white}.png", png(values, 16, GREY)
        values[:9, :30] = 65535
        yield f"marker-{white}.png", png(values, 16, GREY, interlaced=True)
        yield f"three-{white}.png", png(values.repeat(3, axis=2), 16, COLOUR)
    yield "even.png", png(np.full((40, 41, 1), 777, np.uint16), 16, GREY)
    yield "black.png", png(np.zeros((40, 41, 1), np.uint16), 16, GREY)
    yield "white.png", png(np.full((300, 260, 1), 255, np.uint16), 8, GREY)
    yield "large.png", png(_smooth(rng, (940, 771), 1, 4095), 16, GREY)  # more than an overview has


def _odd(rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """EXIF and XMP that turn, a little colour, and colours of which hardly any pixel is one."""
    values = _smooth(rng, (50, 80), 1, 255)
    for orientation in range(1, 9):
        order, end = ("<", b"II*\0") if orientation % 2 else (">", b"MM\0*")
        tags = struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
        yield f"exif-{orientation}.png", png(values, 8, GREY, before={b"eXIf": end + tags})
    xmp = b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>'
    yield "xmp-6.png", png(values, 16, GREY, before={b"iTXt": xmp})
    yield "broken-exif.png", png(values, 8, GREY, before={b"eXIf": b"II*\0\xff\xff\xff\xff"})
    tinted = _smooth(rng, (131, 150), 1, 255).repeat(3, axis=2)
    for count in (10, 300, 1500):
        tinted[:10, : count // 10, 0] = 255 - tinted[:10, : count // 10, 0]
        yield f"tinted-{count}.png", png(tinted, 8, COLOUR)
