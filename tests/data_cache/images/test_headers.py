"""Headers that contradict their values or the standard, each with the picture that is right, worked out by pencil."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import RLELossless

from data_cache.errors import InputError
from data_cache.images import check_pixels, image_size, read_radiograph
from data_cache.images.white import used_range
from tests.data_cache.images.dicom_files import dicom_bytes, dicom_dataset, dicom_file, lookup_table

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
SIGNED = np.arange(-2048, 2048, dtype=np.int16).reshape(64, 64)
WHOLE = {"BitsStored": 12, "WindowCenter": 2048, "WindowWidth": 4096}
SMALL = "only 64×64 pixels"


def said(data: bytes) -> tuple[np.ndarray, str]:
    """The pixels, and all sentences but that about the size."""
    radiograph = read_radiograph(data, "x")
    check_pixels(radiograph.pixels)
    return radiograph.pixels, " ".join(sentence for sentence in radiograph.warnings if SMALL not in sentence)


def assert_ramp(pixels: np.ndarray) -> None:
    np.testing.assert_allclose(pixels, RAMP / 4095, atol=1e-6)


# Where the bits of the image lie


@pytest.mark.parametrize("shift", [1, 2, 4])
def test_values_are_shifted_by_high_bit(shift):
    pixels, words = said(dicom_file(RAMP << shift, HighBit=11 + shift, **WHOLE))
    assert_ramp(pixels)
    assert words == ""


def test_what_lies_below_the_image_s_bits_is_no_part_of_it():
    noisy = (RAMP << 4) | (RAMP % 16).astype(np.uint16)
    assert_ramp(said(dicom_file(noisy, HighBit=15, **WHOLE))[0])


def test_signed_values_are_shifted_with_their_sign():
    tags = WHOLE | {"WindowCenter": 0}
    assert_ramp(said(dicom_file(SIGNED << 4, HighBit=15, **tags))[0])
    assert_ramp(said(dicom_file(SIGNED & 0xFFF, **tags))[0])  # the free bits above are not the sign's, but empty


def test_a_high_bit_that_contradicts_the_values_is_passed_over_and_said():
    pixels, words = said(dicom_file(RAMP, HighBit=15, **WHOLE))
    assert_ramp(pixels)
    assert "High Bit contradicts" in words


@pytest.mark.parametrize("high", [0, 5, 99, None])
def test_a_high_bit_that_cannot_be_is_passed_over(high):
    assert_ramp(said(dicom_file(RAMP, HighBit=high, **WHOLE))[0])


def test_an_overlay_above_the_image_s_bits_is_no_part_of_it():
    dataset = dicom_dataset(RAMP | ((RAMP % 16) << 12).astype(np.uint16), **WHOLE)
    dataset.add_new((0x6000, 0x0100), "US", 16)
    dataset.add_new((0x6000, 0x0102), "US", 12)
    assert_ramp(said(dicom_bytes(dataset))[0])


def test_values_beyond_the_bits_stated_are_kept_and_said():
    deep = (RAMP * 16).astype(np.uint16)
    pixels, words = said(dicom_file(deep, BitsStored=12))
    np.testing.assert_allclose(pixels, deep / deep.max(), atol=1e-6)
    assert "go beyond the 12 bits" in words


# Windows


@pytest.mark.parametrize(
    "window", [("NaN", "4096"), ("2048", "NaN"), ("inf", "4096"), ("2047,5", "4096"), ("abc", "def"), ("-9e9", "10")]
)
def test_a_window_that_is_none_counts_as_none_and_is_said(window):
    tags = {"BitsStored": 12, "WindowCenter": "1111111111", "WindowWidth": "2222222222"}
    data = dicom_file(RAMP, **tags)
    for old, new in zip((b"1111111111", b"2222222222"), window, strict=True):
        data = data.replace(old, new.encode().ljust(10))
    pixels, words = said(data)
    assert_ramp(pixels)
    assert "window cannot be used and was passed over" in words


def test_a_window_narrower_than_linear_allows_is_exact_and_said():
    """C.11.2.1.2.1 wants a width of 1; after a rescale to [0, 1] the values span less."""
    tags = {"RescaleSlope": "0.0002442002442", "RescaleIntercept": "0", "BitsStored": 12}
    pixels, words = said(dicom_file(RAMP, WindowCenter="0.5", WindowWidth="0.8", **tags))
    np.testing.assert_allclose(pixels, np.clip((RAMP / 4095 - 0.5) / 0.8 + 0.5, 0, 1), atol=1e-6)
    assert "narrower than LINEAR allows" in words


@pytest.mark.parametrize("tags", [{"RescaleSlope": "nan"}, {"RescaleSlope": "0"}, {"RescaleIntercept": "inf"}])
@pytest.mark.parametrize("syntax", [None, RLELossless])
def test_a_rescale_that_is_none_is_passed_over_and_said(tags, syntax):
    dataset = dicom_dataset(RAMP, **WHOLE, **tags)
    if syntax:
        dataset.compress(syntax)
    pixels, words = said(dicom_bytes(dataset))
    assert_ramp(pixels)
    assert "rescale slope and intercept cannot be used" in words


def test_a_rescale_beyond_all_numbers_is_passed_over():
    assert_ramp(said(dicom_file(RAMP, RescaleSlope="1e308", **WHOLE))[0])


# Lookup tables


def table_of(entries: list[int], first: int, bits: int, first_type: str = "US") -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", first_type, [len(entries) % 65536, first, bits])
    item.add_new("LUTData", "US", entries)
    return item


def test_white_is_that_of_the_table_and_said():
    pixels, words = said(dicom_file(RAMP, VOILUTSequence=[table_of(list(range(4096)), 0, 16)], BitsStored=12))
    assert_ramp(pixels)
    assert "lookup table uses 12 bits, so 4095 was taken as white" in words


def test_a_table_that_goes_beyond_its_bits_is_no_white_surface():
    entries = (np.arange(4096) * 16).tolist()
    pixels, words = said(dicom_file(RAMP, VOILUTSequence=[table_of(entries, 0, 12)], BitsStored=12))
    np.testing.assert_allclose(pixels, RAMP * 16 / 65535, atol=1e-6)
    assert "16 bits" in words


@pytest.mark.parametrize("stored", [SIGNED, RAMP], ids=["signed", "rescaled"])
def test_the_first_value_mapped_is_signed_where_values_are(stored):
    """C.11.2.1.1: 63488 written as an unsigned number is −2048."""
    tags = {"BitsStored": 12} if stored is SIGNED else {"BitsStored": 12, "RescaleIntercept": -2048, "RescaleSlope": 1}
    for first in (63488, -2048):
        item = table_of(list(range(4096)), first, 12, "US" if first > 0 else "SS")
        assert_ramp(said(dicom_file(stored, VOILUTSequence=[item], **tags))[0])


def test_an_unsigned_first_value_written_with_a_sign():
    high = (RAMP + 61440).astype(np.uint16)
    item = table_of(list(range(4096)), 61440 - 65536, 12, "SS")
    assert_ramp(said(dicom_file(high, VOILUTSequence=[item], BitsStored=16))[0])


def broken_tables() -> dict[str, Dataset]:
    empty, no_data, words = Dataset(), lookup_table([1, 2, 3], 0, 12), Dataset()
    empty.LUTExplanation = "x"
    del no_data.LUTData
    words.add_new("LUTDescriptor", "LO", "x")
    words.add_new("LUTData", "US", [1, 2, 3])
    return {
        "no descriptor": empty,
        "no data": no_data,
        "no numbers": words,
        "beside all values": table_of([0, *[7] * 5], 30000, 12),
    }


@pytest.mark.parametrize("kind", broken_tables())
def test_a_table_that_cannot_be_used_is_passed_over_for_the_window(kind):
    pixels, words = said(dicom_file(RAMP, VOILUTSequence=[broken_tables()[kind]], **WHOLE))
    assert_ramp(pixels)
    assert "lookup tables cannot be used" in words


def test_a_modality_table_that_cannot_be_used_is_passed_over():
    pixels, words = said(dicom_file(RAMP, ModalityLUTSequence=[broken_tables()["no descriptor"]], **WHOLE))
    assert_ramp(pixels)
    assert "lookup tables cannot be used" in words


# What is missing, or spelt otherwise


@pytest.mark.parametrize(
    "tags",
    [
        {"SamplesPerPixel": None},
        {"PixelRepresentation": None},
        {"HighBit": None},
        {"BitsAllocated": None},
        {"PhotometricInterpretation": None},
        {"PhotometricInterpretation": "monochrome2"},
        {"PhotometricInterpretation": " Monochrome2 "},
        {"PhotometricInterpretation": "MONOCHROME 2"},
        {"NumberOfFrames": ""},
        {"NumberOfFrames": 0},
    ],
)
def test_what_is_missing_has_its_usual_value_and_spelling_does_not_matter(tags):
    assert_ramp(said(dicom_file(RAMP, **(WHOLE | tags)))[0])


def test_monochrome1_in_small_letters_is_inverted():
    pixels, _ = said(dicom_file(RAMP, PhotometricInterpretation="monochrome1", **WHOLE))
    np.testing.assert_allclose(pixels, 1 - RAMP / 4095, atol=1e-6)


@pytest.mark.parametrize(
    ("tags", "named"),
    [
        ({"Rows": None}, "Rows"),
        ({"Columns": 0}, "Columns"),
        ({"BitsStored": 99}, "Bits Stored"),
    ],
)
def test_what_cannot_be_known_is_named(tags, named):
    with pytest.raises(InputError, match=named):
        read_radiograph(dicom_file(RAMP, **(WHOLE | tags)), "x")


# White without a window


def test_a_marker_does_not_decide_what_is_white():
    stored = RAMP.copy()
    stored[:2, :10] = 65535
    pixels, words = said(dicom_file(stored))
    np.testing.assert_allclose(pixels[2:], (RAMP[2:] - stored.min()) / (4095 - stored.min()), atol=1e-3)
    assert pixels[0, 0] == 1
    assert "4095 as white" in words


def test_padding_that_is_not_declared_does_not_decide_what_is_black():
    stored = SIGNED.copy()
    stored[:, :6] = -32768
    pixels, _ = said(dicom_file(stored))
    np.testing.assert_allclose(pixels[:, 6:], (SIGNED[:, 6:] + 2042) / (2047 + 2042), atol=1e-3)


def test_the_range_in_use():
    ramp = np.linspace(0, 1000, 10_000)
    assert used_range(ramp) == (0, 1000)
    assert used_range(np.append(ramp, [65535] * 3_000)) == (0, 1000)  # a border of one value, however large
    assert used_range(np.append(ramp, np.linspace(9000, 9100, 50))) == (0, 1000)
    assert used_range(np.append(ramp, [-32768] * 99)) == (0, 1000)
    assert used_range(np.append(ramp, [1400])) == (0, 1400)  # not far enough away
    assert used_range(np.array([3, 3, 3])) == (3, 3)
    assert used_range(np.array([0, 0, 9])) == (0, 9)


# Endless and hostile


def test_deflation_is_refused_wherever_it_is_stated():
    data = dicom_file(RAMP, **WHOLE)
    head = bytearray(data[:132])
    padding = struct.pack("<HH2sHI", 2, 0x0102, b"OB", 0, 70_000) + bytes(70_000)
    syntax = struct.pack("<HH2sH", 2, 0x0010, b"UI", 22) + b"1.2.840.10008.1.2.1.99"
    body = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(padding) + len(syntax)) + syntax + padding
    with pytest.raises(InputError, match="deflated as a whole"):
        read_radiograph(bytes(head) + body, "x")
    late = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(padding) + len(syntax)) + padding + syntax
    with pytest.raises(InputError, match="deflated as a whole"):
        read_radiograph(bytes(head) + late, "x")


def test_the_size_of_a_deflated_file_is_refused_without_inflating_it(tmp_path: Path) -> None:
    """60 kB that would be 60 MB; its header is wherever the transfer syntax says."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    element = struct.pack("<HH2sH", 9, 0x10, b"LO", 64) + bytes(64)
    block = press.compress(element * 14_000) + press.flush(zlib.Z_FULL_FLUSH)  # may follow itself
    deflated = block * 60 + press.flush()
    assert len(zlib.decompressobj(-15).decompress(deflated)) == 60 * 14_000 * len(element)
    padding = struct.pack("<HH2sHI", 2, 0x0102, b"OB", 0, 70_000) + bytes(70_000)
    syntax = struct.pack("<HH2sH", 2, 0x0010, b"UI", 22) + b"1.2.840.10008.1.2.1.99"
    for meta in (syntax, padding + syntax, syntax + padding):
        length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta))
        (tmp_path / "x").write_bytes(bytes(128) + b"DICM" + length + meta + deflated)
        with pytest.raises(InputError, match="deflated as a whole"):
            image_size(tmp_path / "x")


def test_the_size_is_found_within_a_bounded_part_of_the_header(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(dicom_file(RAMP, **WHOLE))
    assert image_size(tmp_path / "x") == RAMP.shape[::-1]
    data = dicom_file(RAMP, **WHOLE)
    elements = struct.pack("<HH2sH", 9, 0x10, b"LO", 0) * 1_000_000
    (tmp_path / "x").write_bytes(data[:-8204] + elements + data[-8204:])
    with pytest.raises(InputError, match="cut short or damaged"):
        image_size(tmp_path / "x")


def test_a_million_elements_are_refused(monkeypatch):
    data = dicom_file(RAMP, **WHOLE)
    elements = struct.pack("<HH2sH", 9, 0x10, b"LO", 0) * 1_000_000
    with pytest.raises(InputError, match="cut short or damaged"):
        read_radiograph(data[:-8204] + elements + data[-8204:], "x")
    monkeypatch.setattr("data_cache.images.dicom_header._MOST_READS", 10_000)  # items take four times as long
    items = struct.pack("<HH2sHI", 9, 0x11, b"SQ", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 1_000_000
    with pytest.raises(InputError, match="cut short or damaged"):
        read_radiograph(data + items, "x")
