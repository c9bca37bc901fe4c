"""DICOM files: transfer syntaxes, what is refused, and that no tag leaves the reader."""

import logging
import re
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from PIL import Image
from pydicom.encaps import generate_frames
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLSLossless,
    RLELossless,
)

from data_cache.errors import InputError
from data_cache.images import check_pixels, gdcm_decoder, image_size, read_radiograph
from data_cache.images.codestreams import stated_size
from tests.data_cache.images.dicom_files import PATIENT, dicom_bytes, dicom_dataset, dicom_file, encapsulated

TWELVE = np.linspace(0, 4095, 48 * 64).reshape(48, 64).astype(np.uint16)
SIGNED = (np.linspace(-2048, 2047, 48 * 64).reshape(48, 64)).astype(np.int16)
EIGHT = np.linspace(0, 255, 48 * 64).reshape(48, 64).astype(np.uint8)


def compressed(stored: np.ndarray, syntax: str, **tags) -> bytes:
    dataset = dicom_dataset(stored, **tags)
    dataset.compress(syntax)
    return dicom_bytes(dataset)


def refusal(data: bytes, name: str = "x.dcm") -> str:
    with pytest.raises(InputError) as caught:
        read_radiograph(data, name)
    assert PATIENT not in str(caught.value)
    assert str(caught.value).startswith(f"{name}: expected ")
    return str(caught.value)


@pytest.mark.parametrize(("photometric", "white"), [("MONOCHROME2", 1), ("MONOCHROME1", 0)])
def test_films_of_one_bit_a_pixel_are_black_and_white(photometric: str, white: int) -> None:
    bits = np.random.default_rng(3).random((37, 53)) < 0.3  # rows begin within a byte (PS3.5, 8.1.1)
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    tags = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "PhotometricInterpretation": photometric}
    radiograph = read_radiograph(dicom_file(EIGHT[:37, :53], **tags, PixelData=packed + b"\0"), "a.dcm")
    np.testing.assert_array_equal(radiograph.pixels, (bits == white).astype(np.float32))
    assert radiograph.stored is not None
    assert (radiograph.stored.codes == bits).all() and radiograph.stored.windows[0].width == 1


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, None])
@pytest.mark.parametrize("stored", [TWELVE, EIGHT], ids=["12 bits", "8 bits"])
def test_uncompressed(tmp_path, stored, syntax):
    options = {"syntax": syntax} if syntax else {}
    big = stored.byteswap() if syntax == ExplicitVRBigEndian and stored.itemsize == 2 else stored
    bits = 12 if stored is TWELVE else 8
    data = dicom_file(big, BitsStored=bits, WindowCenter=2 ** (bits - 1), WindowWidth=2**bits, **options)
    radiograph = read_radiograph(data, "chest.dcm")
    np.testing.assert_allclose(radiograph.pixels, stored / (2**bits - 1), atol=1e-6)
    assert (radiograph.format, radiograph.bits) == ("DICOM", bits)
    assert radiograph.warnings == ("chest.dcm: only 64×48 pixels; details that the models need may be missing.",)
    (tmp_path / "any.name").write_bytes(data)
    assert image_size(tmp_path / "any.name") == (64, 48)


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
@pytest.mark.parametrize("stored", [TWELVE, SIGNED, EIGHT], ids=["12 bits", "signed", "8 bits"])
def test_lossless_compression_changes_nothing(stored, syntax):
    tags = {"BitsStored": 8 if stored is EIGHT else 12, "PixelPaddingValue": 0}
    plain, squeezed = dicom_file(stored, **tags), compressed(stored, syntax, **tags)
    np.testing.assert_array_equal(read_radiograph(squeezed).pixels, read_radiograph(plain).pixels)


def test_jpeg_baseline():
    file = BytesIO()
    Image.fromarray(EIGHT).save(file, "JPEG", quality=95)
    radiograph = read_radiograph(encapsulated(EIGHT, JPEGBaseline8Bit, file.getvalue()))
    with Image.open(file) as decoded:
        np.testing.assert_allclose(radiograph.pixels, np.asarray(decoded) / 255, atol=1e-6)


PYDICOM_FILES = sorted(Path(pydicom.data.__file__).parent.glob("test_files/*.dcm"))


@pytest.mark.parametrize("kind", ["RLE", "jp2klossless", "jpeg_ls_lossless", "implicit", "bigendian", "expb", "padded"])
def test_other_encoders_files_of_one_image_are_one_image(kind):
    """pydicom ships one MR slice as several programs wrote it."""
    folder = Path(pydicom.data.__file__).parent / "test_files"
    expected = read_radiograph(folder / "MR_small.dcm")
    found = read_radiograph(folder / f"MR_small_{kind}.dcm")
    np.testing.assert_array_equal(found.pixels, expected.pixels)


@pytest.mark.parametrize("path", PYDICOM_FILES, ids=lambda path: path.name)
def test_files_that_broke_other_programs_are_read_or_refused(path):
    """pydicom's own regression files: whatever is wrong with them, it becomes one sentence."""
    try:
        radiograph = read_radiograph(path)
    except InputError as error:
        assert str(error).startswith(f"{path.name}: expected ")
    else:
        check_pixels(radiograph.pixels)
        assert image_size(path) == radiograph.pixels.shape[::-1]


def test_twelve_bit_jpeg_is_said_to_lack_a_decoder(monkeypatch):
    monkeypatch.setattr(gdcm_decoder, "is_installed", lambda: False)
    file = Path(pydicom.data.__file__).parent / "test_files/JPEG-lossy.dcm"
    assert "found JPEG Extended (Process 2 and 4), for which no decoder is installed" in refusal(file.read_bytes())


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"NumberOfFrames": 2, "PixelData": TWELVE.tobytes() * 2}, "a single DICOM image, found 2 frames"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "a grey DICOM image .* found a colour one"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "found a colour one"),
        ({"PixelData": None}, "found a DICOM file without pixels"),
        ({"Rows": 30_000, "Columns": 30_000}, "at most 50 million pixels, found 30000×30000"),
        ({"Rows": 1, "Columns": 1}, "at least 16×16 pixels, found 1×1"),
        ({"Rows": None}, "cut short or damaged"),
        ({"BitsStored": 99}, "cut short or damaged"),
        ({"Rows": 49}, "cut short or damaged"),
    ],
)
def test_what_is_no_single_grey_image_is_refused(tags, words):
    assert re.search(words, refusal(dicom_file(TWELVE, **tags)))


def test_a_directory_is_refused():
    dataset = dicom_dataset(TWELVE)
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    assert "found a DICOMDIR" in refusal(dicom_bytes(dataset))


def test_deflated_files_are_refused_before_they_can_inflate():
    dataset = dicom_dataset(TWELVE, syntax=DeflatedExplicitVRLittleEndian)
    assert "deflated as a whole" in refusal(dicom_bytes(dataset))


def test_a_compression_without_decoder_is_named(monkeypatch):
    monkeypatch.setattr(gdcm_decoder, "is_installed", lambda: False)
    said = refusal(encapsulated(EIGHT, JPEGLossless, b"\xff\xd8\xff\xd9"))
    assert "found JPEG Lossless" in said
    assert "no decoder is installed" in said
    assert "something else" in refusal(encapsulated(EIGHT, "1.2.3.4.5", b"\xff\xd8\xff\xd9"))


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("syntax", [None, JPEG2000Lossless, RLELossless])
def test_truncated_files_are_refused(syntax, part):
    data = compressed(TWELVE, syntax) if syntax else dicom_file(TWELVE)
    assert "found" in refusal(data[: max(140, int(len(data) * part))])


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless])
def test_a_codestream_of_another_size_is_refused_before_decoding(syntax):
    """Decoders believe the codestream: a file that says 64×48 could carry one of 60,000×60,000."""
    dataset = dicom_dataset(TWELVE)
    dataset.compress(syntax)
    frame = bytearray(next(iter(generate_frames(dataset.PixelData, number_of_frames=1))))
    if syntax == JPEG2000Lossless:
        struct.pack_into(">2I", frame, frame.find(b"\xff\x4f\xff\x51") + 8, 60_000, 60_000)
    else:
        struct.pack_into(">2H", frame, frame.find(b"\xff\xf7") + 5, 60_000, 60_000)
    data = encapsulated(TWELVE, syntax, bytes(frame))
    assert "expected a compressed image of 64×48 pixels, found one of 60000×60000" in refusal(data)


@pytest.mark.parametrize(
    "frame", [b"", b"\xff\xd8", b"\xff\xd8\xff\xc0\0", b"\xff\xd8\xff\xe0\0\0" * 3, b"\xff\x4f\xff\x51\0"]
)
def test_streams_that_state_no_size(frame):
    assert stated_size(frame) is None


def test_a_stream_s_size_behind_other_segments():
    file = BytesIO()
    Image.new("L", (61, 37)).save(file, "JPEG", comment=b"\xff\xc0 no frame header", progressive=True)
    assert stated_size(file.getvalue()) == (37, 61)


def test_a_jpeg_ls_stream_without_its_end_is_not_searched_for_it():
    """CharLS takes ten seconds over a damaged one of 500 bytes."""
    dataset = dicom_dataset(TWELVE)
    dataset.compress(JPEGLSLossless)
    frame = next(iter(generate_frames(dataset.PixelData, number_of_frames=1)))
    whole = frame[: frame.rindex(b"\xff\xd9")]
    assert "cut short or damaged" in refusal(encapsulated(TWELVE, JPEGLSLossless, whole[:48] + whole[50:]))


def test_no_tag_leaves_the_reader(caplog, capfd):
    data = dicom_file(TWELVE, SpecificCharacterSet="ISO_IR 100", WindowWidth="87654321", WindowCenter=5)
    data = data.replace(b"ISO_IR 100", b"SECRET 100")  # no character set: pydicom warns about it and quotes it
    with caplog.at_level(logging.DEBUG):
        radiographs = [read_radiograph(one, "a.dcm") for one in (data, data.replace(b"87654321", b"SECRET!!"))]
        refusal(data[:-500])
    told = [sentence for radiograph in radiographs for sentence in (*radiograph.warnings, radiograph.format)]
    said = " ".join((*told, caplog.text, *capfd.readouterr()))
    assert "secret" not in said.casefold()
