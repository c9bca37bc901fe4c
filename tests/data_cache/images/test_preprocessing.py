"""The official preprocessing: against the official code's own output, and against torchvision on other shapes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import functional

from data_cache.chexlocalize import CheXlocalize
from data_cache.images import Radiograph, check_pixels, preprocess, read_radiograph
from tests.data_cache.images.test_pictures import encoded


@pytest.mark.parametrize("patient", ["patient64541", "patient64542"])
def test_equals_the_official_code(sample_root, golden_root, patient):
    golden = np.load(golden_root / f"{patient}.npz")
    image, geometry = preprocess(CheXlocalize(sample_root).case(f"{patient}_study1_view1_frontal").read())
    assert (geometry.width, geometry.height) == tuple(golden["orig_size_wh"])
    assert image.shape == (512, 512)
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, golden["image"], atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(70, 101), (101, 70), (64, 64), (67, 64), (20, 300), (17, 16)])
@pytest.mark.parametrize("input_size", [64, 32, 100])
def test_equals_torchvision_on_any_shape(height, width, input_size):
    """The official steps, spelled out: Pillow's crop at margin // 2, to_tensor, Resize with antialias."""
    colours = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(colours).convert("L")
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    cropped = functional.to_tensor(picture.crop((left, top, left + side, top + side)))
    expected = functional.resize(cropped, [input_size, input_size], antialias=True)[0].numpy()

    radiograph = read_radiograph(encoded(Image.fromarray(colours), "PNG"))
    image, geometry = preprocess(radiograph, input_size)
    np.testing.assert_allclose(image, expected, atol=1e-6)
    assert (geometry.side, geometry.top, geometry.left) == (side, top, left)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 40), st.floats(0, 1, width=32))
def test_an_even_image_stays_even(height, width, input_size, shade):
    image, _ = preprocess(Radiograph(np.full((height, width), shade, np.float32), (), 8, "PNG"), input_size)
    np.testing.assert_allclose(image, shade, atol=1e-6)


def test_the_input_is_not_changed():
    pixels = np.random.default_rng(0).random((40, 60), dtype=np.float32)
    pixels.flags.writeable = False
    before = pixels.copy()
    image, _ = preprocess(Radiograph(pixels, (), 8, "PNG"), 60)
    assert image.flags.writeable
    np.testing.assert_array_equal(pixels, before)
    torch.from_numpy(image)  # would warn about memory that cannot be written


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4)),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4), np.float32),
        np.full((4, 4), 1.5, np.float32),
        np.full((4, 4), -0.1, np.float32),
        np.full((4, 4), np.nan, np.float32),
    ],
)
def test_other_arrays_are_no_pixels(pixels):
    with pytest.raises(ValueError, match="Expected"):
        check_pixels(pixels)
