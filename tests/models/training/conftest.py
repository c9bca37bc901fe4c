"""A made-up data set of striped images whose labels can be seen, and the settings of a run over it in seconds."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from data_cache.findings import FINDINGS
from models.training.config import TrainingConfig

SIDE = 64
TRAIN, VALIDATION, TEST = 24, 12, 8


@pytest.fixture(autouse=True)
def subnormal_numbers() -> Iterator[None]:
    """Training counts them as zero in its whole process; the tests that come after it in this one do not."""
    yield
    torch.set_flush_denormal(False)


def _write_split(root: Path, name: str, count: int, rng: np.random.Generator) -> None:
    labels = rng.integers(0, 2, (count, len(FINDINGS)))
    labels[:2] = [[0], [1]]  # every finding has both labels
    paths = [f"{name}/patient{name}{i:03d}/study1/view1_frontal.png" for i in range(count)]
    for path, row in zip(paths, labels, strict=True):
        stripes = np.repeat(np.concatenate([row, [0, 0]]), SIDE // 16)[:, None]
        image = (60 * stripes + rng.integers(40, 90, (SIDE, SIDE))).astype(np.uint8)
        (root / "CheXpert" / path).parent.mkdir(parents=True)
        cv2.imwrite(str(root / "CheXpert" / path), image)
    table = pd.DataFrame(labels, columns=list(FINDINGS))
    table.insert(0, "Path", paths)
    table.to_csv(root / "CheXpert" / f"{name}_labels.csv", index=False)


@pytest.fixture(scope="session")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the CheXlocalize layout: 24 training, 12 validation, 8 test images of 64×64; read it only."""
    root = tmp_path_factory.mktemp("stripes")
    rng = np.random.default_rng(0)
    _write_split(root, "train", TRAIN, rng)
    _write_split(root, "val", VALIDATION, rng)
    _write_split(root, "test", TEST, rng)
    return root


@pytest.fixture
def settings(stripes: Path, tmp_path: Path) -> dict[str, Any]:
    """Settings of a run of 6 steps, as they would stand in a YAML file."""
    return {
        "name": "tiny",
        "seed": 3,
        "architecture": {
            "kind": "medicalpatchnet",
            "channel_multiplier": 0.1,
            "depth_multiplier": 0.1,
            "input_size": 64,
            "patch_size": 32,
        },
        "data": {
            "root": str(stripes),
            "train": "CheXpert/train_labels.csv",
            "validation": "CheXpert/val_labels.csv",
            "storage_size": 64,
        },
        "optimizer": {"batch_size": 4, "steps": 6, "learning_rate": 0.01, "ema_decay": 0.9},
        "run": {"out": str(tmp_path / "run"), "validate_every": 3, "save_every": 2},
    }


@pytest.fixture
def make_config(settings: dict[str, Any]) -> Callable[..., TrainingConfig]:
    """Return a function that makes a config with some settings changed: make_config(run={"keep": "best"})."""

    def make(**changes: Any) -> TrainingConfig:
        merged = {
            key: {**settings[key], **change} if isinstance(change, dict) and key in settings else change
            for key, change in changes.items()
        }
        return TrainingConfig.model_validate({**settings, **merged})

    return make
