"""Plain files of JPEG kinds that Pillow does not decode and GDCM does: more than 8 bits, lossless, JPEG-LS."""

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.images.channels import Channels
from data_cache.images.codestreams import FrameHeader, frame_header, has_end
from data_cache.images.grey import Grey, sixteen_bits
from data_cache.images.quiet import quiet
from data_cache.images.radiograph import Radiograph, check_size, usual_warnings
from data_cache.images.stored import Stored, Window

_LOSSLESS, _LS = 0xC3, 0xF7
_USUAL_BITS = 8
_BEGINNING = 1 << 16


def read_deep_jpeg(data: bytes, name: str) -> Radiograph | None:
    """Read a grey JPEG of more than 8 bits, a lossless one or JPEG-LS; None for everything else.

    Black is 0 and white the largest value of the bits that the file states; of 16 bits, as in other 16-bit files, the
    range in use.

    Raises:
        InputError: no decoder is installed; it is in colour, too large, too small, cut short or damaged.
    """
    header = _deep_header(data)
    if header is None:
        return None
    damaged = InputError(
        f"{name}: expected a whole JPEG file, found one that is cut short or damaged; export or download it again."
    )
    if not has_end(data):
        raise damaged
    check_size(header.columns, header.rows, name)
    from data_cache.images import gdcm_decoder  # pydicom takes its time to import

    if not gdcm_decoder.is_installed():
        raise InputError(
            f"{name}: expected a JPEG of 8 bits, found {_kind(header)}, for which no decoder is installed; install "
            "python-gdcm (requirements-dicom.txt) or export it as PNG."
        )
    if header.components != 1:
        raise InputError(f"{name}: expected a grey radiograph, found {_kind(header)} in colour; export it in grey.")
    with quiet(), guarded(damaged):
        grey = _grey(gdcm_decoder.decode_plain(data, header), header.bits)
    said = tuple(f"{name}: {sentence}" for sentence in grey.warnings)
    return Radiograph(grey.pixels, said + usual_warnings(grey.pixels, name), grey.bits, "JPEG", stored=grey.stored)


def deep_jpeg_size(file: BinaryIO, name: str) -> tuple[int, int] | None:
    """Return the (width, height) of what `read_deep_jpeg` reads, from its header; None for everything else."""
    file.seek(0)
    header = _deep_header(file.read(_BEGINNING))
    if header is None:
        return None
    check_size(header.columns, header.rows, name)
    return header.columns, header.rows


def _deep_header(data: bytes) -> FrameHeader | None:
    header = frame_header(data)
    if header is None or (header.bits == _USUAL_BITS and header.marker not in (_LOSSLESS, _LS)):
        return None
    return header


def _kind(header: FrameHeader) -> str:
    kind = {_LOSSLESS: "a lossless JPEG", _LS: "a JPEG-LS"}.get(header.marker, "one")
    return f"{kind} of {header.bits} bits"


def _grey(values: NDArray[np.unsignedinteger], bits: int) -> Grey:
    if bits == 16:
        return sixteen_bits(Channels(values))
    pixels = values.astype(np.float32) / np.float32(2**bits - 1)
    white = 2**bits - 1
    window = Window(f"0 to {white}", white / 2, white)
    limits = (0.0, float(max(white, values.max())))
    film = Stored(values, limits=limits, windows=(window,)) if bits > _USUAL_BITS else None
    return Grey(np.minimum(pixels, np.float32(1)), bits, (), film)
