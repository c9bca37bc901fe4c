"""Whole runs of a tiny network with every term of the loss, and what is refused in one sentence."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from accelerate.state import AcceleratorState

from data_cache.errors import InputError
from data_cache.masks import Rle
from models.registry import MODELS
from models.training import card
from models.training.config import TrainingConfig
from models.training.learner import Learner
from models.training.progress import Progress
from models.training.run import train_from_file, train_model
from models.training.state import find_states, read_state
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


SHORT = {"steps": 4, "ema_decay": None}


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


def test_a_run_with_other_terms_is_not_resumed(make_toy: Make) -> None:
    train_model(make_toy(optimizer={"max_minutes": 1e-9}))
    with pytest.raises(InputError) as error:
        train_model(make_toy(loss={**LOSS, "sparsity": 0.02}, optimizer={"kind": "adam"}, teacher=None), resume=True)
    message = str(error.value)
    assert "found a difference in loss.sparsity, optimizer.kind, teacher.alpha, teacher.kind" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ({"sparsity": 0.1}, "attention maps in training for loss.sparsity"),
        ({"variation": 0.1}, "attention maps in training for loss.variation"),
        ({"consistency": 1}, "attention maps in training for loss.consistency"),
        ({"segmentation": {"dice": 2}}, "logits of pixels in training for loss.segmentation"),
    ],
)
def test_a_term_that_the_network_gives_nothing_for_is_refused_before_the_first_step(
    make_toy: Make, loss: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Learner, "update", None)
    config = make_toy(loss=loss, teacher=None, architecture={"gives": ("distilled",)})
    with pytest.raises(InputError, match=f"^Expected a network that gives {words}, found none; ") as error:
        train_model(config)
    assert "\n" not in str(error.value)


def test_masks_to_validate_on_need_a_network_that_classifies_pixels(make_toy: Make, make_config: Make) -> None:
    data = {**make_toy().data.model_dump(), "storage_size": 64}
    config = make_config(data=data, loss={"segmentation": {}})
    with pytest.raises(InputError, match=r"classifies pixels for data\.validation_masks, found medicalpatchnet"):
        train_model(config)


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.thorough)])
def test_steps_in_bf16_and_compiled(make_toy: Make, monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    """Compiled without a compiler of C, which takes a minute: what is traced is what would be compiled."""
    AcceleratorState._reset_state(reset_partial_state=True)  # of earlier runs in this process, in full precision
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    config = make_toy(run={"mixed_precision": "bf16", "compile": compiled, "validate_every": 4}, optimizer=SHORT)
    seen = []
    update = Learner.update

    def watch(self: Learner, loss: torch.Tensor, step: int) -> None:
        seen.append(loss.dtype)
        update(self, loss, step)

    monkeypatch.setattr(Learner, "update", watch)
    try:
        assert train_model(config).progress.step == 4
    finally:
        AcceleratorState._reset_state(reset_partial_state=True)
    assert set(seen) == {torch.float32}


def test_one_run_a_seed_and_what_is_finished_stays(
    make_toy: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_toy(seeds=[5, 3], loss={}, teacher=None, optimizer=SHORT)
    path = tmp_path / "toy.yaml"
    path.write_text(yaml.safe_dump(json.loads(config.model_dump_json())))
    stopped = yaml.safe_load(path.read_text())
    stopped["optimizer"]["max_minutes"] = 1e-9
    (tmp_path / "stopped.yaml").write_text(yaml.safe_dump(stopped))
    train_from_file(tmp_path / "stopped.yaml")  # ends within the first seed
    first, second = (config.run.out / f"seed-{seed}" for seed in (5, 3))
    assert find_states(first)
    assert not second.exists()
    train_from_file(path, resume=True)
    recipes = {
        seed: read_weights(config.run.out / f"seed-{seed}" / "model.safetensors")[1]["recipe"] for seed in (5, 3)
    }
    assert recipes == {
        seed: make_toy(seed=seed, loss={}, teacher=None, optimizer=SHORT).fingerprint() for seed in (5, 3)
    }
    assert "(seed 3)`" in (second / "model.md").read_text()
    table = pd.read_csv(config.run.out / "seeds.csv").set_index("metric").loc["loss"]
    last = [read_state(find_states(folder)[-1]).notes["history"][-1]["loss"] for folder in (first, second)]
    assert [table["seed-5"], table["seed-3"]] == pytest.approx(last, abs=1e-6)
    assert (table["n"], table["mean"]) == (2, pytest.approx(sum(last) / 2, abs=1e-6))
    monkeypatch.setattr(Learner, "__init__", None)
    train_from_file(path, resume=True)  # nothing is left to do
    with pytest.raises(InputError, match="Expected a folder without an earlier run"):
        train_from_file(path)


def test_the_best_has_the_highest_auroc_then_the_lowest_calibration_error() -> None:
    entries = [
        {"step": step, "mean_auroc": auroc, "ece": ece, "mean_dice": dice}
        for step, auroc, ece, dice in ((1, 0.8, 0.1, 0.5), (2, 0.9, 0.2, 0.4), (3, 0.9, 0.1, 0.3), (4, 0.9, 0.1, 0.3))
    ]
    for by, step, stale in (("auroc", 3, 1), ("dice", 1, 3)):
        progress = Progress(history=entries, by=by)
        assert progress.best is not None
        assert (progress.best["step"], progress.stale()) == (step, stale)
    old = [{"step": 1, "mean_auroc": 0.9}, {"step": 2, "mean_auroc": 0.9, "ece": 0.3}]  # as a state before had it
    assert Progress(history=old).best is old[1]
