from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_cache.errors import InputError
from explainers.patch_maps import ShiftGrid, assemble, cut_patches, divisors, scale_by_probability
from tests.explainers import naive


@st.composite
def grids(draw):
    patch_size = draw(st.integers(1, 12))
    return ShiftGrid(patch_size * draw(st.integers(1, 4)), patch_size, draw(st.sampled_from(divisors(patch_size))))


def test_shifts_are_the_ones_of_the_paper():
    assert ShiftGrid(512, 64, 1).shifts == (0,)
    assert ShiftGrid(512, 64, 4).shifts == (-32, -16, 0, 16)
    assert ShiftGrid(256, 32, 2).shifts == (-16, 0)
    assert ShiftGrid(512, 64, 64).shifts == tuple(range(-32, 32))


@given(grids())
def test_shifts_equal_the_official_rule_for_any_patch_size(grid):
    assert list(grid.shifts) == naive.shifts(grid.patch_size, grid.steps)


@given(grids(), st.integers(0, 2**32 - 1))
def test_patches_equal_slicing_a_padded_image(grid, seed):
    image = np.random.default_rng(seed).random((grid.input_size, grid.input_size), np.float32)
    for shift in grid.pairs():
        expected = naive.cut(image, grid.patch_size, shift)
        np.testing.assert_array_equal(cut_patches(image, grid, shift), expected)


@given(grids(), st.sampled_from(["paper", "covered"]), st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_assembly_equals_adding_shifted_maps_one_by_one(grid, edge, findings, seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 100, (grid.steps**2, grid.grid**2, findings)).astype(np.float32)
    maps = assemble(logits, grid, edge)
    assert maps.dtype == np.float32 and maps.shape == (findings, grid.map_size, grid.map_size)
    expected = naive.shifted_map(logits, grid.patch_size, grid.input_size, grid.steps, edge)
    full = maps.repeat(grid.cell, axis=1).repeat(grid.cell, axis=2)
    np.testing.assert_allclose(full, expected, rtol=1e-6, atol=1e-4)  # float32 of values around 100


def test_assembly_at_full_size_and_one_pixel_shifts():
    grid = ShiftGrid(128, 64, 64)
    logits = np.random.default_rng(0).normal(-50, 100, (4096, 4, 2)).astype(np.float32)
    expected = naive.shifted_map(logits, 64, 128, 64, "paper")
    np.testing.assert_allclose(assemble(logits, grid), expected, atol=1e-5)


def test_edges_by_hand():
    """One patch of 2×2 pixels with two steps: shifts −1 and 0; logits 1, 2, 4, 8 for (−1,−1), (−1,0), (0,−1), (0,0)."""
    grid = ShiftGrid(2, 2, 2)
    logits = np.array([1, 2, 4, 8], np.float32).reshape(4, 1, 1)
    np.testing.assert_array_equal(assemble(logits, grid, "paper")[0], [[15 / 4, 10 / 4], [12 / 4, 8 / 4]])
    np.testing.assert_array_equal(assemble(logits, grid, "covered")[0], [[15 / 4, 10 / 2], [12 / 2, 8 / 1]])


@given(grids())
def test_a_constant_stays_constant_where_only_covering_shifts_count(grid):
    logits = np.full((grid.steps**2, grid.grid**2, 1), 3.0, np.float32)
    np.testing.assert_allclose(assemble(logits, grid, "covered"), 3.0, rtol=1e-6)


@given(grids())
def test_coarser_grids_are_nested_and_end_with_the_grid(grid):
    chain = grid.coarser()
    assert chain[0].steps == 1 and chain[-1] == grid
    for coarse, fine in pairwise(chain):
        assert set(coarse.pairs()) < set(fine.pairs())


def test_powers_of_two_are_refined_by_doubling():
    assert [grid.steps for grid in ShiftGrid(512, 64, 16).coarser()] == [1, 2, 4, 8, 16]


def test_scaling_uses_each_shifts_own_mean():
    logits = np.array([[[0.0], [2.0]], [[-3.0], [-1.0]]], np.float32)  # means 1 and −2
    sigma = [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(2))]
    expected = [[[0.0], [2 * sigma[0]]], [[-3 * sigma[1]], [-1 * sigma[1]]]]
    np.testing.assert_allclose(scale_by_probability(logits), expected, rtol=1e-6)


@pytest.mark.parametrize("steps", [1, 2, 4, 8])
def test_official_pairing_equals_the_official_broadcast(steps):
    logits = np.random.default_rng(0).normal(0, 2, (steps**2, 4, 3)).astype(np.float32)
    products = []
    for batch in np.split(logits, max(steps**2 // 4, 1)):  # the official code's batches of four shifts
        probability = 1 / (1 + np.exp(-batch.mean(axis=1)))
        products.append(batch * probability[:, None, None, :])  # (batch, batch, patches, findings)
    expected = np.concatenate(products).reshape(-1, 4, 3)[: steps**2]
    np.testing.assert_allclose(scale_by_probability(logits, "paper"), expected, rtol=1e-6)


def test_scaling_neither_overflows_nor_warns():
    low, high = np.full((1, 2, 1), -5000.0, np.float32), np.full((1, 2, 1), 5000.0, np.float32)
    assert (scale_by_probability(low) == 0).all()
    np.testing.assert_array_equal(scale_by_probability(high), high)


@pytest.mark.parametrize("sizes", [(512, 64, 5), (512, 64, 0), (500, 64, 4), (64, 128, 1)])
def test_sizes_that_do_not_fit_are_named(sizes):
    with pytest.raises(InputError, match=r"Expected .* found"):
        ShiftGrid(*sizes)


def test_logits_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(16, 64, findings\)"):
        assemble(np.zeros((1, 64, 14), np.float32), ShiftGrid(512, 64, 4))
