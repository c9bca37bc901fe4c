"""JPEG files of more than 8 bits, lossless ones and JPEG-LS, outside DICOM."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from PIL import Image
from pydicom.encaps import get_frame
from pydicom.uid import JPEGLSLossless

from data_cache.errors import InputError
from data_cache.images import gdcm_decoder, image_size, read_radiograph
from tests.data_cache.images.dicom_files import dicom_dataset
from tests.data_cache.images.lossless_jpeg import lossless_jpeg

TEST_FILES = Path(pydicom.data.__file__).parent / "test_files"
RAMP = np.linspace(0, 4095, 48 * 64).reshape(48, 64).astype(np.uint16)


@pytest.fixture
def installed() -> None:
    if not gdcm_decoder.is_installed():
        pytest.skip("python-gdcm is not installed: requirements-dicom.txt")


def lossy() -> bytes:
    dataset = pydicom.dcmread(TEST_FILES / "JPGExtended.dcm")
    return get_frame(dataset.PixelData, 0, number_of_frames=1)


def jpeg_ls() -> bytes:
    dataset = dicom_dataset(RAMP, BitsStored=12)
    dataset.compress(JPEGLSLossless)
    return get_frame(dataset.PixelData, 0, number_of_frames=1)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("bits", [8, 12, 15])
def test_lossless_values_come_back_exactly(bits: int, tmp_path: Path) -> None:
    stored = (RAMP >> 4).astype(np.uint8) if bits == 8 else RAMP << (bits - 12)
    data = lossless_jpeg(stored, bits)
    found = read_radiograph(data, "x.jpg")
    np.testing.assert_allclose(found.pixels, stored / (2**bits - 1), atol=1e-6)
    assert (found.bits, found.format) == (bits, "JPEG")
    (tmp_path / "x.jpg").write_bytes(data)
    assert image_size(tmp_path / "x.jpg") == (64, 48)


@pytest.mark.usefixtures("installed")
def test_sixteen_bits_keep_the_range_that_is_in_use() -> None:
    found = read_radiograph(lossless_jpeg(RAMP, 16), "x.jpg")
    np.testing.assert_allclose(found.pixels, RAMP / 4095, atol=1e-6)
    assert found.bits == 12 and "4095 was taken as white" in found.warnings[0]


@pytest.mark.usefixtures("installed")
def test_twelve_bits_and_jpeg_ls_are_what_they_are_in_dicom() -> None:
    dataset = pydicom.dcmread(TEST_FILES / "JPGExtended.dcm")
    stored = gdcm_decoder.decode(lossy(), dataset)
    np.testing.assert_allclose(read_radiograph(lossy(), "x").pixels, stored / 4095, atol=1e-6)
    np.testing.assert_allclose(read_radiograph(jpeg_ls(), "x").pixels, RAMP / 4095, atol=1e-6)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lossy(), "found one of 12 bits"),
        (lossless_jpeg(RAMP, 12), "found a lossless JPEG of 12 bits"),
        (jpeg_ls(), "found a JPEG-LS of 12 bits"),
    ],
)
def test_without_the_decoder_the_sentence_says_what_it_is_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, data: bytes, words: str
) -> None:
    monkeypatch.setattr(gdcm_decoder, "is_installed", lambda: False)
    with pytest.raises(InputError, match=words) as caught:
        read_radiograph(data, "x.jpg")
    assert "install python-gdcm (requirements-dicom.txt) or export it as PNG" in str(caught.value)


@pytest.mark.usefixtures("installed")
def test_damage_is_one_sentence() -> None:
    data = lossless_jpeg(RAMP, 12)
    rng = np.random.default_rng(0)
    spoilt = bytearray(data)
    spoilt[200:-2] = rng.integers(0, 255, len(spoilt) - 202, dtype=np.uint8).tobytes()
    for part in (data[:200] + b"\xff\xd9", data[: len(data) // 2] + b"\xff\xd9", bytes(spoilt)):
        try:
            assert np.isfinite(read_radiograph(part, "x.jpg").pixels).all()
        except InputError as error:
            assert "cut short or damaged" in str(error)
    with pytest.raises(InputError, match="cut short or damaged"):
        read_radiograph(data[:-2], "x.jpg")


def test_usual_jpegs_take_the_usual_way() -> None:
    file = BytesIO()
    Image.fromarray((RAMP >> 4).astype(np.uint8)).save(file, "JPEG", progressive=True)
    with Image.open(file) as image:
        expected = np.asarray(image, np.float32) / np.float32(255)
    np.testing.assert_array_equal(read_radiograph(file.getvalue(), "x").pixels, expected)
    code = "import sys, data_cache.images; assert 'pydicom' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
