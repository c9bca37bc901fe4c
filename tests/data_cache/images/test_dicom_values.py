"""Stored values → grey: modality, then values of interest, then inversion.

pydicom's functions are the oracle for windows, and the standard's own wording, by pencil, for the rest.
"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.pixels import apply_modality_lut, apply_windowing

from data_cache.images import read_radiograph
from data_cache.images.dicom_values import to_grey
from tests.data_cache.images.dicom_files import dicom_dataset, dicom_file, lookup_table

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
SIGNED = np.arange(-2048, 2048, dtype=np.int16).reshape(64, 64)
BAD_WINDOW = "its window cannot be used and was passed over, so {} was taken as black and {} as white."
NO_WINDOW = "it stores no window, so {} was taken as black and {} as white."


@given(
    st.sampled_from([RAMP, SIGNED]),
    st.floats(-3000, 5000),
    st.floats(2, 5000),
    st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID", None]),
    st.sampled_from([None, (1.0, -1024.0), (0.25, 10.0), (3.0, 0.0)]),
)
def test_windows_equal_pydicom(stored, centre, width, function, rescale):
    tags = {"WindowCenter": round(centre, 3), "WindowWidth": round(width, 3), "BitsStored": 12}
    if function:
        tags["VOILUTFunction"] = function
    if rescale:
        tags |= {"RescaleSlope": rescale[0], "RescaleIntercept": rescale[1]}
    dataset = dicom_dataset(stored, **tags)
    values = apply_modality_lut(stored, dataset)
    assume(values.min() < centre - 1 < values.max())  # a window beside all values is passed over
    low, high = _output_range(dataset)
    with np.errstate(over="ignore"):
        expected = (apply_windowing(apply_modality_lut(stored, dataset), dataset) - low) / (high - low)
    grey, warnings = to_grey(stored, dataset)
    np.testing.assert_allclose(grey, expected, atol=1e-6)
    assert grey.dtype == np.float32
    assert warnings == ()


def _output_range(dataset) -> tuple[float, float]:
    """What pydicom makes of values far below and far above any window."""
    with np.errstate(over="ignore"):
        return tuple(apply_windowing(np.array([-1e7, 1e7]), dataset))


def test_a_linear_window_by_pencil():
    """C.11.2.1.2: centre 2048, width 4096 maps 0…4095 on the whole output; narrower ones clip."""
    grey, _ = to_grey(RAMP, dicom_dataset(RAMP, WindowCenter=2048, WindowWidth=4096, BitsStored=12))
    np.testing.assert_allclose(grey, RAMP / 4095, atol=1e-6)
    grey, _ = to_grey(RAMP, dicom_dataset(RAMP, WindowCenter=100.5, WindowWidth=101, BitsStored=12))
    np.testing.assert_allclose(grey, np.clip((RAMP - 50.0) / 100, 0, 1), atol=1e-6)


def test_a_window_of_width_one_is_a_step():
    grey, _ = to_grey(RAMP, dicom_dataset(RAMP, WindowCenter=100, WindowWidth=1, BitsStored=12))
    np.testing.assert_array_equal(grey, (RAMP > 99.5).astype(np.float32))


def test_the_first_of_several_windows_counts():
    grey, _ = to_grey(RAMP, dicom_dataset(RAMP, WindowCenter=[2048, 10], WindowWidth=[4096, 5], BitsStored=12))
    np.testing.assert_allclose(grey, RAMP / 4095, atol=1e-6)


@pytest.mark.parametrize("window", [("", ""), (100, 0), (100, -5), (100, ""), ("NaN", 4096), (2048, "inf"), (1e30, 9)])
def test_an_unusable_window_is_no_window(window):
    grey, warnings = to_grey(RAMP, dicom_dataset(RAMP, WindowCenter=window[0], WindowWidth=window[1], BitsStored=12))
    np.testing.assert_allclose(grey, RAMP / 4095, atol=1e-6)
    assert warnings == ((NO_WINDOW if window[0] == "" else BAD_WINDOW).format(0, 4095),)


def test_the_first_usable_window_counts():
    tags = {"WindowCenter": ["NaN", 2048, 10], "WindowWidth": [4096, 4096, 5], "BitsStored": 12}
    grey, warnings = to_grey(RAMP, dicom_dataset(RAMP, **tags))
    np.testing.assert_allclose(grey, RAMP / 4095, atol=1e-6)
    assert warnings == ()


def test_without_a_window_the_stored_range_is_shown():
    stored = (RAMP // 2 + RAMP // 8 + 1000).astype(np.uint16)  # 1000…3558: more than half of 0…4095
    grey, warnings = to_grey(stored, dicom_dataset(stored, BitsStored=12))
    np.testing.assert_allclose(grey, stored / 4095, atol=1e-6)
    assert warnings == (NO_WINDOW.format(0, 4095),)


def test_without_a_window_the_film_is_shown_as_the_models_see_it() -> None:
    stored = np.linspace(0, 3500, 48 * 64).reshape(48, 64).astype(np.uint16)
    radiograph = read_radiograph(dicom_file(stored, BitsStored=12))
    window = radiograph.film.windows[0]
    assert (window.level, window.width) == (4095 / 2, 4095)  # what the sentence says, and the pixels are
    np.testing.assert_allclose(radiograph.pixels, stored / 4095, atol=1e-6)


def test_without_a_window_a_small_part_of_the_range_is_stretched_without_its_padding():
    stored = (RAMP // 4 + 1000).astype(np.uint16)  # 1000…2023
    stored[:, :10] = 0
    stored[0, :10] = 3
    tags = {"BitsStored": 12, "PixelPaddingValue": 0, "PixelPaddingRangeLimit": 3}
    grey, warnings = to_grey(stored, dicom_dataset(stored, **tags))
    low, high = stored[:, 10:].min(), stored.max()
    np.testing.assert_allclose(grey, np.clip((stored.astype(float) - low) / (high - low), 0, 1), atol=1e-6)
    assert warnings == (NO_WINDOW.format(low, high),)


def test_an_even_image_without_window_and_one_that_is_all_padding():
    flat = np.full((20, 20), 7, dtype=np.uint16)
    for tags in ({}, {"PixelPaddingValue": 7}):
        grey, _ = to_grey(flat, dicom_dataset(flat, **tags))
        assert grey.min() == grey.max() == 0


def test_monochrome1_is_inverted_after_the_window():
    tags = {"WindowCenter": 1000, "WindowWidth": 1001, "BitsStored": 12}
    usual, _ = to_grey(RAMP, dicom_dataset(RAMP, **tags))
    inverted, _ = to_grey(RAMP, dicom_dataset(RAMP, PhotometricInterpretation="MONOCHROME1", **tags))
    np.testing.assert_allclose(inverted, 1 - usual, atol=1e-7)


def test_the_presentation_lut_shape_does_not_invert_again():
    tags = {"PhotometricInterpretation": "MONOCHROME1", "WindowCenter": 2048, "WindowWidth": 4096, "BitsStored": 12}
    grey, _ = to_grey(RAMP, dicom_dataset(RAMP, PresentationLUTShape="INVERSE", **tags))
    np.testing.assert_allclose(grey, 1 - RAMP / 4095, atol=1e-6)


def test_a_negative_slope_turns_the_order_before_the_window():
    tags = {"RescaleSlope": -1, "RescaleIntercept": 4095, "WindowCenter": 2048, "WindowWidth": 4096, "BitsStored": 12}
    grey, _ = to_grey(RAMP, dicom_dataset(RAMP, **tags))
    np.testing.assert_allclose(grey, (4095 - RAMP) / 4095, atol=1e-6)


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("stored", [RAMP, SIGNED], ids=["unsigned", "signed"])
def test_a_voi_table_wins_over_a_window_and_ends_hold(stored, bits):
    first = int(stored.min()) + 100
    entries = np.linspace(2**bits - 5, 3, 3000).astype(int)  # falling, so that a wrong index shows; ends unused
    table = lookup_table(entries.tolist(), first, bits)
    dataset = dicom_dataset(stored, VOILUTSequence=[table], WindowCenter=0, WindowWidth=5, BitsStored=12)
    expected = entries[np.clip(stored.astype(int) - first, 0, 2999)] / (2**bits - 1)
    grey, warnings = to_grey(stored, dataset)
    np.testing.assert_allclose(grey, expected, atol=1e-6)
    assert warnings == ()


def test_a_modality_table_comes_before_the_window():
    entries = (np.arange(4096) // 2 + 100).tolist()
    tags = {"WindowCenter": 500, "WindowWidth": 1001, "BitsStored": 12}
    dataset = dicom_dataset(RAMP, ModalityLUTSequence=[lookup_table(entries, 0, 12)], **tags)
    grey, _ = to_grey(RAMP, dataset)
    np.testing.assert_allclose(grey, np.clip((RAMP // 2 + 100.0 + 0.5 - 500) / 1000 + 0.5, 0, 1), atol=1e-6)


@pytest.mark.parametrize("packed", ["<u2", "u1"])
def test_tables_stored_as_bytes_survive_a_file(packed):
    entries = np.linspace(0, 255, 4096).astype(int)
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [4096, 0, 8])
    table.add_new("LUTData", "OW", entries.astype(packed).tobytes())
    radiograph = read_radiograph(dicom_file(RAMP, VOILUTSequence=[table], BitsStored=12))
    np.testing.assert_allclose(radiograph.pixels, entries[RAMP] / 255, atol=1e-6)
