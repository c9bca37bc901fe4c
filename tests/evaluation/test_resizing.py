"""Enlarging against torch, bit for bit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation import resizing
from evaluation.resizing import Resized, interpolation, resize_map

side = st.integers(1, 90)
WRONG = (np.float32(7), np.float32(7), 0)


def by_torch(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    tensor = torch.from_numpy(values.copy())[None, None]
    return torch.nn.functional.interpolate(tensor, size=shape, mode="bilinear", align_corners=False)[0, 0].numpy()


@settings(max_examples=60)
@given(side, side, st.integers(1, 400), st.integers(1, 400), st.integers(0, 999), st.booleans())
def test_equals_torch_bit_for_bit(rows, columns, height, width, seed, plateaus):
    values = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    values = values.round(1) if plateaus else values
    found, expected = resize_map(values, (height, width)), by_torch(values, (height, width))
    np.testing.assert_array_equal(found.values, expected)
    assert (found.lowest, found.highest, found.peak) == (expected.min(), expected.max(), expected.argmax())


@pytest.mark.parametrize("shape", [(2320, 2828), (2022, 2021), (1499, 1751)])
def test_equals_torch_at_the_size_of_radiographs(shape):
    """A patch map, piecewise constant and in the few values its export keeps: the last bit decides which is largest."""
    cells = np.random.default_rng(0).normal(size=(32, 32)).astype(np.float32) * np.float32(1e-4)
    values = (np.kron(cells, np.ones((16, 16), np.float32)) + 200) / np.float32(400)
    found, expected = resize_map(values, shape), by_torch(values, shape)
    np.testing.assert_array_equal(found.values, expected)
    assert (found.lowest, found.highest, found.peak) == (expected.min(), expected.max(), expected.argmax())


def test_falls_back_where_the_products_round_otherwise(monkeypatch):
    monkeypatch.setattr(resizing, "_banded", lambda values, shape: Resized(np.full(shape, 7, np.float32), *WRONG))
    resizing._blas_matches_torch.cache_clear()
    values = np.random.default_rng(0).normal(size=(70, 60)).astype(np.float32)
    np.testing.assert_array_equal(resize_map(values, (300, 200)).values, by_torch(values, (300, 200)))
    resizing._blas_matches_torch.cache_clear()


def test_pencil_weights():
    low, high, weight = interpolation(2, 4)  # output centres at 0.25, 0.75, 1.25, 1.75 input pixels
    np.testing.assert_array_equal(low, [0, 0, 0, 1])
    np.testing.assert_array_equal(high, [1, 1, 1, 1])
    np.testing.assert_array_equal(weight, np.float32([0, 0.25, 0.75, 0.25]))


def test_the_map_stays_as_it_is():
    values = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    before = values.copy()
    resize_map(values, (200, 300))
    np.testing.assert_array_equal(values, before)
