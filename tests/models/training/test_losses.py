"""Whole runs of a tiny network with every term of the loss, and what is refused in one sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_cache.masks import Rle
from models.registry import MODELS
from models.training import card
from models.training.config import TrainingConfig
from models.training.run import train_model
from models.weight_files import read_weights
from tests.models.training.conftest import SIDE
from tests.models.training.toy_family import TOY

Make = Callable[..., TrainingConfig]
LOSS = {
    "kind": "focal",
    "gamma": 2,
    "label_smoothing": 0.1,
    "sparsity": 0.01,
    "variation": 0.1,
    "consistency": 1,
    "segmentation": {"positive_weight": 5},
}


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, TOY.key, TOY)
    monkeypatch.setattr(card, "RESAMPLES", 20)


def write_masks(path: Path, split: str, count: int) -> Path:
    """Masks of every second image: a bar for Edema, nothing for Cardiomegaly; the rest is unknown."""
    bar = np.zeros((SIDE, SIDE), bool)
    bar[10:30, 20:50] = True
    encoded = {name: Rle.encode(mask) for name, mask in (("Edema", bar), ("Cardiomegaly", ~bar & False))}
    entry = {name: {"size": list(mask.size), "counts": mask.counts} for name, mask in encoded.items()}
    path.write_text(json.dumps({f"patient{split}{i:03d}_study1_view1_frontal": entry for i in range(0, count, 2)}))
    return path


@pytest.fixture
def make_toy(make_config: Make, tmp_path: Path) -> Make:
    masks = {
        "masks": str(write_masks(tmp_path / "train.json", "train", 24)),
        "validation_masks": str(write_masks(tmp_path / "val.json", "val", 12)),
    }

    def make(**changes: Any) -> TrainingConfig:
        architecture = {"kind": "toy", "input_size": 64, **changes.pop("architecture", {})}
        data = masks if changes.get("loss", LOSS).get("segmentation") else {}
        chosen = {"loss": LOSS, "teacher": {"kind": "cnn", "weights": "demo"}, **changes}
        config = make_config(data={**data, **chosen.pop("data", {})}, **chosen)
        return TrainingConfig.model_validate({**config.model_dump(), "architecture": architecture})

    return make


def test_a_run_with_every_term(make_toy: Make) -> None:
    config = make_toy(
        run={"best_by": "dice", "keep": "best"},
        optimizer={"kind": "adam", "schedule": "cosine", "final_learning_rate": 1e-5, "adaptive_clip": 0.02},
    )
    trainer = train_model(config)
    assert trainer.progress.step == 6
    assert trainer.progress.best is not None
    text = (config.run.out / "model.md").read_text()
    for words in (
        "validation mean ECE | validation mean Dice |",
        f"| Edema | 6 | {trainer.progress.best['dice']['Edema']:.3f} |",
        "- teacher: cnn-demo, sha256 ",
        "- hardware: ",
        "with the highest mean Dice on the validation split",
    ):
        assert words in text
    _, metadata = read_weights(config.run.out / "model.safetensors")
    assert json.loads(metadata["teacher"])["kind"] == "cnn"
