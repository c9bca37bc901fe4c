"""Colours are tested by what they mean to a reader, not by their numbers."""

import io

import numpy as np
import pytest
from PIL import Image

from ui.rendering import (
    NEUTRAL,
    PALETTES,
    SIZE,
    colour_indices,
    colourise,
    grey_bytes,
    outline_path,
    overlay,
    png,
    thumbnail,
)

DTYPES = [np.int8, np.int16, np.int64, np.float16, np.float32, np.float64]


def warmth(colours: np.ndarray) -> np.ndarray:
    return colours[..., 0].astype(int) - colours[..., 2].astype(int)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_hottest_input_gives_the_warmest_colour(dtype: type) -> None:
    values = np.arange(-100, 101).astype(dtype)
    warm = warmth(colourise(values, limit=100))
    assert warm.argmax() == len(values) - 1 and warm.argmin() == 0
    assert (np.diff(warm) >= 0).all()


def test_unsigned_and_boolean_inputs_run_from_neutral_to_red() -> None:
    warm = warmth(colourise(np.arange(256, dtype=np.uint8), limit=255))
    assert warm[0] == 0 and warm[255] == warm.max() and (np.diff(warm) >= 0).all()
    assert (colourise(np.array([False, True]), 1) == colourise(np.array([0.0, 1.0]), 1)).all()


def test_zero_and_nan_are_white_and_signs_are_symmetric() -> None:
    assert colourise([0.0, np.nan], limit=3).tolist() == [[255, 255, 255]] * 2
    assert colour_indices([-3, 0, 3], 3).tolist() == [0, NEUTRAL, SIZE - 1]
    supports, opposes = colourise([1.0, -1.0], limit=1)
    assert supports[0] > supports[2] and opposes[2] > opposes[0]


def test_values_beyond_the_limit_take_the_end_of_the_scale() -> None:
    assert (colourise([7.0, np.inf], 1) == colourise([1.0, 1.0], 1)).all()
    assert (colourise([-7.0, -np.inf], 1) == colourise([-1.0, -1.0], 1)).all()


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan, np.inf])
def test_a_scale_needs_a_positive_end(limit: float) -> None:
    with pytest.raises(ValueError, match="positive limit"):
        colour_indices([1.0], limit)


def test_no_opacity_shows_the_radiograph_and_full_opacity_the_colours() -> None:
    image = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    values = np.linspace(-1, 1, 256).reshape(16, 16)
    bare = overlay(image, values, 1, opacity=0)
    assert (bare == grey_bytes(image)[..., None]).all()
    assert (overlay(image, values, 1, opacity=1) == colourise(values, 1)).all()


def test_strong_values_cover_more_of_the_radiograph_than_weak_ones() -> None:
    for palette in PALETTES.values():
        assert (np.diff(palette.exponents[NEUTRAL:]) < 0).all()


@pytest.mark.parametrize("palette", ["supporting", "strength"])
def test_one_sided_scales_say_nothing_below_zero(palette: str) -> None:
    assert (colourise([-1.0, -0.3, 0.0], 1, palette) == 255).all()


def test_supporting_evidence_is_as_red_as_on_the_signed_scale_and_mere_strength_is_not_red() -> None:
    supports = colourise([0.2, 1.0], 1)
    assert (colourise([0.2, 1.0], 1, "supporting") == supports).all()
    assert warmth(colourise([1.0], 1, "strength")) <= 0


def test_grey_never_wraps_around() -> None:
    image = np.array([[-0.1, 0.0, 0.5, 1.0, 1.0000001, 2.0]], np.float32)
    assert grey_bytes(image).tolist() == [[0, 0, 128, 255, 255, 255]]


def test_png_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert (np.asarray(Image.open(io.BytesIO(png(pixels)))) == pixels).all()


def test_a_thumbnail_is_the_centre_square() -> None:
    image = np.zeros((40, 100), np.float32)
    image[:, 30:70] = 1.0
    small = np.asarray(Image.open(io.BytesIO(thumbnail(image, 20))))
    assert small.shape == (20, 20) and small.min() > 240


def test_an_outline_is_one_closed_path_per_polygon_without_crowded_points() -> None:
    square = np.array([[0, 0], [0.1, 0], [10, 0], [10, 10.26], [0, 10]])
    assert outline_path([square, np.empty((0, 2))]) == "M0 0L10 0L10 10.3L0 10Z"
