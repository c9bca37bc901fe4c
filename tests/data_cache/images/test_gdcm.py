"""The optional decoder: named where it is absent, used where it is there, and nothing else changes by it."""

from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from pydicom.encaps import get_frame
from pydicom.uid import JPEGLosslessSV1, JPEGLSLossless

from data_cache.errors import InputError
from data_cache.images import gdcm_decoder, read_radiograph
from tests.data_cache.images.dicom_files import dicom_dataset, dicom_file, encapsulated
from tests.data_cache.images.lossless_jpeg import lossless_jpeg

TEST_FILES = Path(pydicom.data.__file__).parent / "test_files"
TWELVE = np.linspace(0, 4095, 48 * 64).reshape(48, 64).astype(np.uint16)
TAGS = {"BitsStored": 12, "WindowCenter": 2048, "WindowWidth": 4096}


@pytest.fixture
def absent(monkeypatch):
    monkeypatch.setattr(gdcm_decoder, "is_installed", lambda: False)


@pytest.fixture
def installed():
    if not gdcm_decoder.is_installed():
        pytest.skip("python-gdcm is not installed: requirements-dicom.txt")


@pytest.mark.usefixtures("absent")
def test_its_absence_is_said_with_what_to_install():
    with pytest.raises(InputError) as caught:
        read_radiograph(encapsulated(TWELVE, JPEGLosslessSV1, lossless_jpeg(TWELVE, 12), **TAGS), "x")
    said = str(caught.value)
    assert "found JPEG Lossless" in said and "install python-gdcm (requirements-dicom.txt)" in said
    with pytest.raises(InputError, match=r"found JPEG Extended .* install python-gdcm"):
        read_radiograph(TEST_FILES / "JPEG-lossy.dcm")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_lossless_jpeg_is_decoded_exactly(bits):
    stored = (TWELVE >> 4).astype(np.uint8) if bits == 8 else TWELVE << (bits - 12)
    tags = {"BitsStored": bits, "WindowCenter": 2 ** (bits - 1), "WindowWidth": 2**bits}
    plain = read_radiograph(dicom_file(stored, **tags))
    found = read_radiograph(encapsulated(stored, JPEGLosslessSV1, lossless_jpeg(stored, bits), **tags))
    np.testing.assert_array_equal(found.pixels, plain.pixels)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["JPEG-lossy.dcm", "JPGExtended.dcm"])
def test_twelve_bit_jpeg_is_decoded(name):
    """The smallest and the largest value stand in the file's own header, before the compression lost some."""
    dataset = pydicom.dcmread(TEST_FILES / name)
    radiograph = read_radiograph(TEST_FILES / name)
    assert radiograph.pixels.shape == (dataset.Rows, dataset.Columns)
    assert radiograph.pixels.max() > 0
    stored = gdcm_decoder.decode(get_frame(dataset.PixelData, 0, number_of_frames=1), dataset)
    assert abs(int(stored.max()) - dataset.LargestImagePixelValue) < 20


@pytest.mark.usefixtures("installed")
def test_a_jpeg_ls_file_that_the_usual_decoder_fails_on_is_tried_again(monkeypatch):
    dataset = dicom_dataset(TWELVE, **TAGS)
    dataset.compress(JPEGLSLossless)
    data = encapsulated(TWELVE, JPEGLSLossless, get_frame(dataset.PixelData, 0, number_of_frames=1), **TAGS)
    expected = read_radiograph(data).pixels
    monkeypatch.setattr("data_cache.images.dicom.pixel_array", lambda *_, **__: 1 / 0)
    np.testing.assert_array_equal(read_radiograph(data).pixels, expected)


@pytest.mark.usefixtures("installed")
def test_a_damaged_stream_is_one_sentence():
    frame = lossless_jpeg(TWELVE, 12)
    for part in (frame[:100], frame[: len(frame) // 2], frame[:-2]):
        with pytest.raises(InputError, match="cut short or damaged"):
            read_radiograph(encapsulated(TWELVE, JPEGLosslessSV1, part, **TAGS), "x")


def test_a_crash_of_the_decoder_is_a_damaged_file(monkeypatch, tmp_path):
    """GDCM crashes on some damaged streams, which must end no process but its own."""
    child = tmp_path / "child.py"
    child.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(gdcm_decoder, "_CHILD", child)
    monkeypatch.setattr(gdcm_decoder, "is_installed", lambda: True)
    with pytest.raises(InputError, match="cut short or damaged"):
        read_radiograph(encapsulated(TWELVE, JPEGLosslessSV1, lossless_jpeg(TWELVE, 12), **TAGS), "x")
