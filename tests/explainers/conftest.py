"""Models for the tests of this room: small random ones, and full-size ones with the weights of the golden recipe."""

import importlib.util
import json

import numpy as np
import pytest
import torch

from models.checkpoints import save_checkpoint
from models.predictor import load_predictor
from models.registry import MODELS

SMALL = {"channel_multiplier": 0.25, "depth_multiplier": 0.2, "input_size": 128}


def save_small(kind, folder, seed=0, **changes):
    """Write a small network with random weights; returns the file."""
    shape = {**SMALL, **({"patch_size": 32} if kind == "medicalpatchnet" else {}), **changes}
    architecture = MODELS[kind].architecture.model_validate({"kind": kind, **shape})
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = MODELS[kind].build(architecture)
        classifier = module.backbone.classifier
        torch.nn.init.normal_(classifier.weight, std=0.5)
    path = folder / f"{kind}-{seed}-{architecture.input_size}.safetensors"
    save_checkpoint(path, module, architecture)
    return path


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    return {kind: save_small(kind, folder) for kind in ("medicalpatchnet", "cnn")}


@pytest.fixture(scope="session")
def small_patchnet(small_weights):
    return load_predictor(small_weights["medicalpatchnet"], "medicalpatchnet", "torch-cpu")


@pytest.fixture(scope="session")
def small_cnn(small_weights):
    return load_predictor(small_weights["cnn"], "cnn", "torch-cpu")


@pytest.fixture
def image():
    return np.random.default_rng(3).random((128, 128), np.float32)


@pytest.fixture(scope="session")
def golden_models(golden_root, tmp_path_factory):
    """The patch model and the CNN with the weights of the recipe."""
    spec = importlib.util.spec_from_file_location("recipe", golden_root / "recipe.py")
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    names = json.loads((golden_root / "official_tensor_names.json").read_text())
    folder = tmp_path_factory.mktemp("golden")
    predictors = []
    for kind, seed in (("medicalpatchnet", 0), ("cnn", 1000)):
        path = folder / f"{kind}.pt"
        with np.load(golden_root / f"batch_norm_{seed}.npz") as statistics:
            torch.save(recipe.state_dict(names, seed, statistics), path)
        predictors.append(load_predictor(path, kind, "torch-cpu"))
        path.unlink()
    return predictors
