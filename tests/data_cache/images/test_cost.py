"""What reading an image takes, foretold from its header: never less than what NumPy's arrays really took."""

import io
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from data_cache.images import read_radiograph, reading_bytes
from data_cache.images.radiograph import MAX_PIXELS
from tests.data_cache.images.dicom_files import dicom_bytes, dicom_dataset

SIDE = 1000
DEEP = "RGBA of 16 bits"


def picture(mode: str, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    if mode == DEEP:
        row = (np.arange(SIDE) * 97 % 65521).astype(np.uint16)
        return cv2.imencode(".png", np.tile(row[None, :, None], (SIDE, 1, 4)))[1].tobytes()
    grey = Image.fromarray((np.add.outer(np.arange(SIDE), np.arange(SIDE)) % 251).astype(np.uint8))
    grey.convert(mode).save(buffer, kind)
    return buffer.getvalue()


PICTURES = [(mode, "PNG") for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "I;16")]
PICTURES += [(DEEP, "PNG"), ("L", "JPEG"), ("RGB", "JPEG"), ("RGB", "WEBP"), ("F", "TIFF"), ("I", "TIFF"), ("L", "BMP")]


@pytest.mark.parametrize(("mode", "kind"), PICTURES)
def test_it_is_no_less_than_what_is_really_held(mode: str, kind: str, tmp_path: Path) -> None:
    """tracemalloc sees NumPy's arrays and Python's bytes; Pillow's own memory, up to 4 bytes a pixel, comes on top."""
    data = picture(mode, kind)
    (tmp_path / "file").write_bytes(data)
    foretold = reading_bytes(data)
    assert foretold == reading_bytes(tmp_path / "file")
    tracemalloc.start()
    try:
        read_radiograph(data, "file")
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held + 1 * SIDE**2 < foretold <= 46 * SIDE**2 + len(data)


def test_what_is_no_image_or_will_be_refused_costs_its_own_bytes() -> None:
    buffer = io.BytesIO()
    Image.new("1", (MAX_PIXELS // 1000 + 1, 1000)).save(buffer, "PNG")
    for data in (b"", b"no image", picture("L")[:20], buffer.getvalue()):
        assert reading_bytes(data) == len(data)


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_dicom_says_it_in_its_header(bits: int) -> None:
    stored = (np.add.outer(np.arange(SIDE), np.arange(SIDE)) % 251).astype(f"uint{bits}")
    data = dicom_bytes(dicom_dataset(stored))
    foretold = reading_bytes(data)
    assert len(data) + 8 * SIDE**2 < foretold < len(data) + 85 * SIDE**2
    tracemalloc.start()
    try:
        read_radiograph(data, "file")
        assert tracemalloc.get_traced_memory()[1] < foretold
    finally:
        tracemalloc.stop()


def test_a_dicom_header_that_is_too_long_to_look_through_costs_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    data = dicom_bytes(dicom_dataset(np.zeros((SIDE, SIDE), np.uint16)))
    monkeypatch.setattr("data_cache.images.cost._START", 200)
    assert reading_bytes(data) > MAX_PIXELS


def test_transparency_and_depth_cost_more() -> None:
    assert reading_bytes(picture("RGB")) > reading_bytes(picture("L"))
    assert reading_bytes(picture("RGB", "WEBP")) > reading_bytes(picture("RGB"))


def test_a_missing_file_is_not_foretold(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        reading_bytes(tmp_path / "missing")
