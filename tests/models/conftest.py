"""Networks and weights that several tests read; nobody writes to them."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.models.networks import KINDS, official_backbone, settle, write_network


@pytest.fixture(scope="session")
def own_weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A narrow checkpoint of our own for each kind."""
    folder = tmp_path_factory.mktemp("weights")
    return {kind: write_network(folder, kind) for kind in KINDS}


@pytest.fixture(scope="session")
def official_network() -> nn.Module:
    """torchvision's network at full size with random weights, settled, in eval mode."""
    backbone = official_backbone()
    settle(backbone)
    return backbone


@pytest.fixture(scope="session")
def recipe_weights(golden_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Write the recipe's weights of a seed as an official `.pt` file, once."""
    specification = importlib.util.spec_from_file_location("recipe", golden_root / "recipe.py")
    assert specification is not None
    assert specification.loader is not None
    recipe = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(recipe)
    names = json.loads((golden_root / "official_tensor_names.json").read_text())
    folder = tmp_path_factory.mktemp("recipe")

    def write(seed: int) -> Path:
        path = folder / f"seed{seed}.pt"
        if not path.exists():
            with np.load(golden_root / f"batch_norm_{seed}.npz") as statistics:
                torch.save(recipe.state_dict(names, seed, dict(statistics)), path)
        return path

    return write
