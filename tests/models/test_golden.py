"""The recipe's weights give what the official code gave on the two public radiographs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.patch_predictor import PatchPredictor
from models.predictor import PooledPredictor, load_predictor

pytestmark = pytest.mark.golden
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
    """Relative to each patch's largest logit: the recipe's random weights turn a side letter into logits of 1,000."""
    prediction = patchnet.predict(golden["image"])
    scale = np.maximum(np.abs(golden["patch_logits"]).max(axis=1, keepdims=True), 1)
    assert np.abs((prediction.patch_logits - golden["patch_logits"]) / scale).max() <= 1e-4
    assert np.abs(prediction.logits - golden["patchnet_logits"]).max() <= 1e-4


def test_cnn_logits(cnn: PooledPredictor, golden: dict[str, np.ndarray]) -> None:
    assert np.abs(cnn.predict(golden["image"]).logits - golden["cnn_logits"]).max() <= 1e-4


def test_auto_sees_that_these_weights_amplify_rounding_and_computes_as_the_official_code_does(
    patchnet: PatchPredictor,
) -> None:
    assert patchnet.info.backend.endswith("on CPU")
    assert patchnet.info.backend.startswith("PyTorch")
    assert "with these weights OpenVINO" in patchnet.info.precision
