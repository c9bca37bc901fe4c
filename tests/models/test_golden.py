"""The recipe's weights give what the official code gave on the two public radiographs, as they are loaded by default.

All is thorough: the same logits, of models on PyTorch, stand beside the maps in tests/explainers/test_golden.py, and
what is taken where a backend differs is tried on small networks in tests/models/backends.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.patch_predictor import PatchPredictor
from models.predictor import PooledPredictor, load_predictor
from tests.rounding import LIMIT, amplified, relative_errors

pytestmark = [pytest.mark.golden, pytest.mark.thorough]
PATIENTS = ("patient64541", "patient64542")


@pytest.fixture(scope="module", params=PATIENTS)
def golden(request: pytest.FixtureRequest, golden_root: Path) -> dict[str, np.ndarray]:
    with np.load(golden_root / f"{request.param}.npz") as arrays:
        return {name: arrays[name] for name in ("image", "patch_logits", "patchnet_logits", "cnn_logits")}


@pytest.fixture(scope="module")
def patchnet(recipe_weights: Callable[[int], Path]) -> PatchPredictor:
    predictor = load_predictor(recipe_weights(0), "medicalpatchnet")
    assert isinstance(predictor, PatchPredictor)
    return predictor


@pytest.fixture(scope="module")
def cnn(recipe_weights: Callable[[int], Path]) -> PooledPredictor:
    predictor = load_predictor(recipe_weights(1000), "cnn")
    assert isinstance(predictor, PooledPredictor)
    return predictor


def test_patch_logits(patchnet: PatchPredictor, golden: dict[str, np.ndarray]) -> None:
    """Without the few patches whose rounding the random weights multiply: another number on another processor."""
    prediction, expected = patchnet.predict(golden["image"]), golden["patch_logits"]
    differing = relative_errors(prediction.patch_logits, expected) > LIMIT
    np.testing.assert_array_equal(amplified(patchnet, golden["image"], prediction.patch_logits, differing), differing)
    np.testing.assert_allclose(prediction.logits, prediction.patch_logits.mean(axis=0), rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(expected.mean(axis=0), golden["patchnet_logits"], rtol=1e-6, atol=1e-5)
    if not differing.any():
        assert np.abs(prediction.logits - golden["patchnet_logits"]).max() <= 1e-4


def test_cnn_logits(cnn: PooledPredictor, golden: dict[str, np.ndarray]) -> None:
    assert np.abs(cnn.predict(golden["image"]).logits - golden["cnn_logits"]).max() <= 1e-4


def test_auto_sees_that_these_weights_amplify_rounding_and_computes_as_the_official_code_does(
    patchnet: PatchPredictor,
) -> None:
    assert patchnet.info.backend.endswith("on CPU")
    assert patchnet.info.backend.startswith("PyTorch")
    assert "with these weights OpenVINO" in patchnet.info.precision
