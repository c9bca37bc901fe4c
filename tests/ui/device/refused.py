"""Files that are refused before and while they are decoded: by the server and by a visitor's own device alike."""

import struct
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGLSLossless, MediaStorageDirectoryStorage

from tests.data_cache.images.dicom_files import dicom_bytes, dicom_dataset, dicom_file, encapsulated
from tests.ui.device.films import TWELVE
from tests.ui.device.pictures import GREY, chunk, png

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FRAME = np.arange(900, dtype=np.uint16).reshape(30, 30, 1) % 251


def refused_files() -> Iterator[tuple[str, bytes]]:
    """Names and contents; the sentence is the server's."""
    starts = {"pdf": b"%PDF-1.7", "gif": b"GIF89a", "zip": b"PK\x03\x04", "gz": b"\x1f\x8b\x08", "npy": b"\x93NUMPY"}
    starts |= {
        "html": b"  <!doctype html>",
        "json": b'\n{"a": 1}',
        "heic": b"\0\0\0\x18ftypheic",
        "txt": b"words\n\xe4",
    }
    starts |= {"jp2": b"\0\0\0\x0cjP  \r\n", "bin": bytes(range(1, 60)), "jpg": b"\xff\xd8\xff\xe0", "empty": b""}
    starts |= {"webp": b"RIFF\x10\0\0\0WEBPVP8 \0\0\0\0", "dcm": b"\x08\0\x05\0CS"}
    for ending, start in starts.items():
        yield f"a.{ending}", start
    yield from _pngs()
    yield from _jpegs()
    yield from _films()


def _pngs() -> Iterator[tuple[str, bytes]]:
    whole = png(_FRAME, 8, GREY)
    yield "small.png", png(_FRAME[:15], 8, GREY)
    yield "huge.png", whole[:16] + struct.pack(">II", 9000, 9000) + whole[24:]  # its checksum is wrong
    for name, size in {"many.png": (8000, 7000), "more.png": (20000, 20000), "long.png": (20001, 16)}.items():
        header = chunk(b"IHDR", struct.pack(">II", *size) + b"\x08\0\0\0\0")
        yield name, _SIGNATURE + header + chunk(b"IDAT", b"")
    for part in (9, 20, 31, 33, 40, 60, len(whole) // 2, len(whole) - 30):
        yield f"cut-{part}.png", whole[:part]
    yield "depth.png", _SIGNATURE + chunk(b"IHDR", struct.pack(">II", 20, 20) + b"\x03\0\0\0\0")
    animated = {
        b"acTL": struct.pack(">II", 3, 0),
        b"fcTL": struct.pack(">5IHHBB", 0, 30, 30, 0, 0, 1, 1, 0, 0),
    }
    yield "animated.png", png(_FRAME, 8, GREY, before=animated)
    yield "animated-apart.png", png(_FRAME, 8, GREY, before={b"acTL": struct.pack(">II", 3, 0)})
    parts = b"".join(chunk(b"tEXt", b"a\0b") for _ in range(20_001))
    yield "parts.png", whole[:33] + parts + whole[33:]
    damaged = bytearray(whole)
    damaged[60:64] = b"\xff\xff\xff\xff"
    yield "damaged.png", bytes(damaged)


def _jpegs() -> Iterator[tuple[str, bytes]]:
    file = BytesIO()
    Image.fromarray(_FRAME[..., 0].astype(np.uint8)).save(file, "JPEG")
    whole = file.getvalue()
    yield "headless.jpg", whole[:100]
    yield "scans.jpg", whole + b"\xff\xda" * 101


def _films() -> Iterator[tuple[str, bytes]]:
    whole = dicom_file(TWELVE, BitsStored=12)
    yield "colour.dcm", dicom_file(TWELVE, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0)
    yield "frames.dcm", dicom_file(TWELVE, NumberOfFrames=2)
    yield "no-pixels.dcm", dicom_file(TWELVE, PixelData=None)
    yield "no-rows.dcm", dicom_file(TWELVE, Rows=None)
    yield "no-columns.dcm", dicom_file(TWELVE, Columns=0)
    yield "bits.dcm", dicom_file(TWELVE, BitsStored=17)
    yield "sixty-four.dcm", dicom_file(TWELVE, BitsAllocated=12, BitsStored=12)
    yield "small.dcm", dicom_file(TWELVE[:15])
    yield "large.dcm", dicom_file(TWELVE, Rows=60000, Columns=60000)
    for part in (150, 300, len(whole) // 2, len(whole) - 9):
        yield f"cut-{part}.dcm", whole[:part]
    deflated = dicom_dataset(TWELVE)
    deflated.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    yield "deflated.dcm", dicom_bytes(deflated)
    directory = dicom_dataset(TWELVE)
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    yield "DICOMDIR", dicom_bytes(directory)
    size = struct.pack(">HIIII", 0, 53, 99, 0, 0)
    stream = b"\xff\x4f\xff\x51\0\x29" + size
    yield "other-size.dcm", encapsulated(TWELVE, "1.2.840.10008.1.2.4.90", stream)
    yield "rle.dcm", encapsulated(TWELVE, "1.2.840.10008.1.2.5", struct.pack("<16I", 2, 64, 70, *[0] * 13) + b"\x05ab")


def refused_here() -> Iterator[tuple[str, bytes, str]]:
    """Names, contents, and what the sentence says was found: the server reads these, perhaps, and is offered."""
    for kind in ("TIFF", "BMP"):
        file = BytesIO()
        Image.fromarray(_FRAME[..., 0].astype(np.uint8)).save(file, kind)
        yield f"a.{kind.lower()}", file.getvalue(), f"found a {kind}; compute on the server"
    packed = dicom_dataset(TWELVE, BitsStored=12)
    packed.compress(JPEGLSLossless)
    yield "a.dcm", dicom_bytes(packed), "found JPEG-LS, for which this device has no decoder; compute on the server"
    deep = b"\xff\xd8\xff\xc1\0\x0b\x0c\0\x20\0\x20\x01\x01\x11\0\xff\xd9"
    yield "deep.jpg", deep, "found a JPEG of 12 bits; compute on the server"
    yield "lossless.jpg", deep.replace(b"\xff\xc1", b"\xff\xc3"), "found a lossless JPEG of 12 bits; compute on the"
    film = encapsulated(TWELVE, "1.2.840.10008.1.2.4.51", deep, BitsStored=12)
    yield "deep.dcm", film, "found a JPEG of 12 bits, for which this device has no decoder; compute on the server"
    file = BytesIO()
    Image.fromarray(_FRAME[..., 0].astype(np.uint8)).save(file, "JPEG")
    yield "a.jpg", file.getvalue(), "that decodes pictures"  # where there is no browser
