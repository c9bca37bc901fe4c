"""Enlarging against torch, bit for bit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.pixels.resizing import enlarge, enlarge_part, interpolation

side = st.integers(1, 90)


def by_torch(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    tensor = torch.from_numpy(values.copy())[None, None]
    return torch.nn.functional.interpolate(tensor, size=shape, mode="bilinear", align_corners=False)[0, 0].numpy()


def check(values: np.ndarray, shape: tuple[int, int]) -> None:
    found, expected = enlarge(values, shape), by_torch(values, shape)
    np.testing.assert_array_equal(found.values(), expected)
    assert found.extremes() == (expected.min(), expected.max(), divmod(int(expected.argmax()), shape[1]))


@settings(max_examples=60)
@given(side, side, st.integers(1, 400), st.integers(1, 400), st.integers(0, 999), st.booleans())
def test_equals_torch_bit_for_bit(rows, columns, height, width, seed, plateaus):
    values = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    values = values.round(1) if plateaus else values
    check(values, (height, width))


@pytest.mark.parametrize("shape", [(2320, 2828), (2022, 2021), (1499, 1751)])
def test_equals_torch_at_the_size_of_radiographs(shape):
    """A patch map, piecewise constant and in the few values its export keeps: the last bit decides which is largest."""
    cells = np.random.default_rng(0).normal(size=(32, 32)).astype(np.float32) * np.float32(1e-4)
    values = (np.kron(cells, np.ones((16, 16), np.float32)) + 200) / np.float32(400)
    check(values, shape)


@settings(max_examples=30)
@given(st.integers(0, 999), st.data())
def test_a_part_equals_that_part_of_the_whole(seed, data):
    values = np.random.default_rng(seed).normal(size=(20, 30)).astype(np.float32)
    top, left = data.draw(st.integers(0, 199)), data.draw(st.integers(0, 149))
    rows = slice(top, data.draw(st.integers(top + 1, 200)))
    columns = slice(left, data.draw(st.integers(left + 1, 150)))
    found = enlarge_part(values, (200, 150), rows, columns).values()
    np.testing.assert_array_equal(found, by_torch(values, (200, 150))[rows, columns])


@settings(max_examples=60)
@given(st.integers(0, 999), st.integers(65, 200), st.integers(65, 200), st.sampled_from([64, 2048]), st.booleans())
def test_counts_by_steps(seed, height, width, steps, plateaus):
    """Against numpy on the whole array."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(9, 12)).astype(np.float32)
    values = values.round(0) if plateaus else values
    enlarged = enlarge(values, (height, width))
    lowest, highest, _ = enlarged.extremes()
    positions = np.flatnonzero(rng.random(height * width) < 0.1)
    found = enlarged.count(lowest, highest, positions, steps)
    whole = (enlarged.values() - lowest) / (highest - lowest)
    step = np.ceil(whole * np.float32(steps)).astype(int).ravel()
    np.testing.assert_array_equal(found.all, np.bincount(step, minlength=steps + 1))
    np.testing.assert_array_equal(found.inside, np.bincount(step[positions], minlength=steps + 1))
    np.testing.assert_array_equal(found.values, whole.ravel()[positions])
    assert found.total == pytest.approx(whole.sum(dtype=np.float64), rel=1e-12)
    assert found.squares == pytest.approx(np.square(whole, dtype=np.float64).sum(), rel=1e-12)


def test_an_infinite_span_counts_within_the_table():
    values = np.float32([[-3e38, 3e38], [3e38, -3e38]])
    enlarged = enlarge(values, (100, 100))
    with np.errstate(over="ignore"):
        found = enlarged.count(*enlarged.extremes()[:2], np.arange(3), 2048)
    assert found.all.sum() == 100 * 100


def test_pencil_weights():
    low, high, weight = interpolation(2, 4)  # output centres at 0.25, 0.75, 1.25, 1.75 input pixels
    np.testing.assert_array_equal(low, [0, 0, 0, 1])
    np.testing.assert_array_equal(high, [1, 1, 1, 1])
    np.testing.assert_array_equal(weight, np.float32([0, 0.25, 0.75, 0.25]))


def test_the_map_stays_as_it_is():
    values = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    before = values.copy()
    enlarge(values, (200, 300)).extremes()
    np.testing.assert_array_equal(values, before)
