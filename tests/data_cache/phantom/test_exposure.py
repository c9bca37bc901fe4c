"""Physics of the exposure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_cache.phantom.exposure import Technique, detect, tone, transmit
from data_cache.phantom.grid import Grid
from data_cache.phantom.scene import BONE_PER_CM, SOFT_PER_CM, sum_attenuation

GRID = Grid(96, 96, 96.0, 0.0, 0.0)
CLEAN = Technique(photons=1e12, scatter=0.0, spread=0.05, unsharp=0.0, equalise=0.5, gamma=1.0)


def one(value: float) -> np.ndarray:
    return np.array([[value]], np.float32)


def test_nothing_in_the_way_is_the_open_beam() -> None:
    assert transmit(sum_attenuation(one(0), one(0), one(0))) == 1


@given(st.floats(0, 30), st.floats(0, 3))
def test_beer_lambert_with_a_pencil(soft: float, bone: float) -> None:
    expected = np.exp(-(SOFT_PER_CM * soft + BONE_PER_CM * bone))
    # float32 arithmetic: 1e-5 of the value
    assert transmit(sum_attenuation(one(soft), one(bone), one(0)))[0, 0] == pytest.approx(expected, rel=1e-5)


def test_layers_multiply() -> None:
    """Two slabs pass what one passes of what the other passes."""
    both = transmit(sum_attenuation(one(7), one(1), one(0)))
    assert both == pytest.approx(transmit(one(SOFT_PER_CM * 7)) * transmit(one(BONE_PER_CM)), rel=1e-6)


def test_a_thicker_wedge_is_brighter_all_along() -> None:
    wedge = np.repeat(np.linspace(0.5, 4, 96, dtype=np.float32)[None], 96, 0)
    clean, _ = detect(wedge, GRID, CLEAN, np.random.default_rng(0))
    shown = tone(clean, clean, np.ones((96, 96), bool), CLEAN)
    assert (np.diff(shown[40]) >= 0).all()
    assert shown[40, -1] > shown[40, 0] + 0.5
    assert shown.min() >= 0
    assert shown.max() <= 1


def test_without_scatter_the_log_exposure_is_the_attenuation() -> None:
    attenuation = np.full((96, 96), 2.5, np.float32)
    clean, _ = detect(attenuation, GRID, CLEAN, np.random.default_rng(0))
    assert clean == pytest.approx(attenuation, rel=1e-6)


def test_scatter_veils_dense_parts() -> None:
    attenuation = np.where(np.arange(96)[None] < 48, 1.0, 4.0).astype(np.float32).repeat(96, 0)
    veiled = Technique(**{**vars(CLEAN), "scatter": 0.2})
    clean, _ = detect(attenuation, GRID, veiled, np.random.default_rng(0))
    assert np.ptp(clean) < np.ptp(attenuation)


def test_quantum_noise_is_poisson() -> None:
    """Relative deviation 1/sqrt(N): with N photons a pixel that pass exp(-2), within 3 % for 9,216 pixels."""
    photons = 4000.0
    count = photons * (512 / GRID.scale) ** 1.4 * np.exp(-2)
    clean, noisy = detect(
        np.full((96, 96), 2.0, np.float32),
        GRID,
        Technique(**{**vars(CLEAN), "photons": photons}),
        np.random.default_rng(1),
    )
    assert (noisy - clean).std() == pytest.approx(1 / np.sqrt(count), rel=0.03)
