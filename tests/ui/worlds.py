"""A small world for the page: narrow random models and a few phantoms, in folders of their own."""

from pathlib import Path

import torch

from data_cache.phantom.cohort import CohortSettings, write_cohort
from models.checkpoints import save_checkpoint
from models.registry import MODELS

INPUT_SIZE, PATCH_SIZE = 128, 16


def write_weights(folder: Path, input_size: int = INPUT_SIZE, patch_size: int = PATCH_SIZE) -> tuple[Path, Path]:
    """Write a narrow MedicalPatchNet and a narrow CNN with fixed random weights; returns their files.

    Little of the image reaches the features of random weights, so the classifier's are large: logits of some units.
    """
    return _write(folder, "medicalpatchnet", input_size, patch_size), _write(folder, "cnn", input_size, input_size)


def _write(folder: Path, key: str, input_size: int, patch_size: int) -> Path:
    architecture = MODELS[key].architecture.model_validate(
        {
            "kind": key,
            "channel_multiplier": 0.25,
            "depth_multiplier": 0.25,
            "input_size": input_size,
            "patch_size": patch_size,
        }
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        module = MODELS[key].build(architecture)
        torch.nn.init.normal_(module.get_submodule("backbone.classifier").weight, std=2000)  # type: ignore[arg-type]
    path = folder / f"{key}.safetensors"
    save_checkpoint(path, module, architecture)
    return path


def write_phantoms(root: Path) -> Path:
    """Write a cohort of six small phantoms, wider than tall; returns its root."""
    prevalence = dict.fromkeys(("train", "val", "test"), "balanced")
    settings = CohortSettings(3, {"train": 0, "val": 2, "test": 4}, "200x256", prevalence, None, "png", False)
    for _ in write_cohort(root, settings):
        pass
    return root
