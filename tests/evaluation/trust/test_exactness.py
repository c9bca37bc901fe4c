"""Patch maps against what the patch model computes."""

import numpy as np
import pytest

from data_cache.geometry import Geometry
from evaluation.trust.evaluate_check import evaluate_exactness
from evaluation.trust.exactness import OTHER_GRID, exactness
from explainers.model_run import ModelRun
from explainers.run import explain_all
from models.predictor import load_predictor
from tests.evaluation.trust.toys import Patches
from tests.explainers.conftest import save_small


def _toy() -> tuple[Patches, np.ndarray, np.ndarray]:
    model, image = Patches(), np.random.default_rng(0).random((64, 64)).astype(np.float32)
    values = model.patch_logits(image.reshape(4, 16, 4, 16).swapaxes(1, 2).reshape(16, 16, 16))[:, 3]
    return model, image, values.reshape(4, 4)


def test_the_map_of_a_patch_model_is_exact() -> None:
    found = exactness(*_toy(), 3)
    assert found.exact
    assert found.sum_error < 1e-6
    assert found.removal_error < 1e-6
    assert found.left.any(axis=1).all()
    assert not found.left.all(axis=1).any()


@pytest.mark.parametrize("place", [0, 15])
def test_a_map_that_is_wrong_in_one_patch_is_not(place) -> None:
    model, image, values = _toy()
    wrong = values.copy()
    wrong.flat[place] += 1e-2
    found = exactness(model, image, wrong, 3)
    assert not found.exact
    assert found.sum_error == pytest.approx(1e-2 / 16, rel=1e-2)
    swapped = values.T.copy()  # the sum is right, the places are wrong: only a second evaluation finds out
    found = exactness(model, image, swapped, 3)
    assert found.sum_error < 1e-6
    assert found.removal_error > 1e-3
    assert not found.exact


def test_the_raw_map_of_the_network_is_exact_and_a_shifted_one_is_undefined(tmp_path) -> None:
    model = load_predictor(save_small("medicalpatchnet", tmp_path), "medicalpatchnet", "torch-cpu")
    image = np.random.default_rng(0).random((128, 128)).astype(np.float32)
    run = ModelRun(image, Geometry(128, 128, 128), model)
    runs = {run.key: run}
    assert evaluate_exactness(run, explain_all(runs, ["raw"])["raw"], 5).exact
    shifted = explain_all(runs, ["raw"], {"raw": {"shift_steps": 2}})["raw"]
    found = evaluate_exactness(run, shifted, 5)
    assert found.reason == OTHER_GRID
    assert np.isnan(found.sum_error)
    assert not found.exact
