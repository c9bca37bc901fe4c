"""A backbone of timm learns as the program's own networks do: interrupted, written and loaded again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.capabilities import PATCH_LOGITS, POOLED_FEATURES
from models.checkpoints import load_checkpoint
from models.predictor import load_predictor
from models.training import card
from models.training.config import TrainingConfig, load_config
from models.training.run import _write_model, train_model
from models.training.state import find_states

Make = Callable[..., TrainingConfig]
WHOLE = {"kind": "timm:test_resnet", "input_size": 64, "mean": 0.4, "std": 0.3, "findings": list(FINDINGS)}
PATCHES = {**WHOLE, "as": "patches", "patch_size": 32, "channels": 1}


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "RESAMPLES", 20)


@pytest.fixture
def make_timm(settings: dict[str, Any]) -> Make:
    """As `make_config`, of another architecture."""

    def make(architecture: dict[str, Any], **changes: Any) -> TrainingConfig:
        merged = {key: {**settings[key], **change} if key in settings else change for key, change in changes.items()}
        return TrainingConfig.model_validate({**settings, **merged, "architecture": architecture})

    return make


def test_a_network_of_timm_learns_and_is_found_again(make_timm: Make) -> None:
    half = {"share": 0.5, "input_size": 32, "patch_size": 32}
    config = make_timm(WHOLE, optimizer={"steps": 4, "drop_path_rate": 0.1}, stages=[half])
    trainer = train_model(config)
    assert trainer.progress.step == 4
    checkpoint = load_checkpoint(config.run.out / "model.safetensors", "timm:test_resnet")
    assert checkpoint.architecture == config.architecture
    learned = trainer.learner.shown.state_dict()
    assert checkpoint.state_dict.keys() == learned.keys()
    predictor = load_predictor(config.run.out / "model.safetensors", "timm:test_resnet", "torch-cpu")
    assert POOLED_FEATURES.of(predictor)
    image = np.random.default_rng(0).random((64, 64), np.float32)
    with torch.no_grad():
        expected = trainer.learner.shown.eval()(torch.from_numpy(image)[None, None])[0][0].numpy()
    np.testing.assert_allclose(predictor.predict(image).logits, expected, rtol=0, atol=1e-5)
    assert "timm's test_resnet, input 64, 3 channels" in (config.run.out / "model.md").read_text()


@pytest.mark.thorough  # that a run goes on as if nothing had been: test_run.py
@pytest.mark.parametrize("architecture", [WHOLE, PATCHES], ids=["image", "patches"])
def test_a_resumed_run_ends_as_an_uninterrupted_one(
    make_timm: Make, tmp_path: Path, architecture: dict[str, Any]
) -> None:
    half = {"share": 0.5, "input_size": 32, "patch_size": 16}
    changes: dict[str, Any] = {"optimizer": {"steps": 4, "drop_path_rate": 0.1}, "stages": [half]}
    whole = make_timm(architecture, run={"out": str(tmp_path / "whole")}, **changes)
    train_model(whole)
    stopped = {**changes, "optimizer": {**changes["optimizer"], "max_minutes": 1e-9}}
    assert train_model(make_timm(architecture, **stopped)).progress.step == 1
    config = make_timm(architecture, **changes)
    assert len(find_states(config.run.out)) == 1
    train_model(config, resume=True)
    found, expected = (load_file(one.run.out / "model.safetensors") for one in (config, whole))
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, expected[name], rtol=0, atol=0)
    if architecture is PATCHES:
        assert PATCH_LOGITS.of(load_predictor(config.run.out / "model.safetensors", "timm:test_resnet", "torch-cpu"))


def test_the_best_weights_of_the_former_program_are_kept(make_config: Make) -> None:
    """It wrote best.safetensors as a backbone alone; a run that goes on from its state may end with that file."""
    config = make_config(run={"keep": "best"}, optimizer={"max_minutes": 1e-9})
    trainer = train_model(config)
    best = {name: tensor + 1 if tensor.is_floating_point() else tensor for name, tensor in _backbone(trainer).items()}
    save_file(best, config.run.out / "best.safetensors")
    _write_model(trainer, config.run.out / "model.safetensors")
    written = load_file(config.run.out / "model.safetensors")
    for name, tensor in best.items():
        torch.testing.assert_close(written[f"backbone.{name}"], tensor, rtol=0, atol=0)


def _backbone(trainer: Any) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in trainer.learner.shown.get_submodule("backbone").state_dict().items()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"findings": list(FINDINGS[::-1])}, "an output for each of CheXpert's 14 findings, in CheXpert's order"),
        ({"findings": ["Edema"]}, "an output for each of CheXpert's 14 findings"),
        ({"colour": "red"}, "found architecture.colour; did you mean"),
        ({"std": 0}, "Expected an std above 0"),
        ({"as": "patches", "patch_size": 40}, "input size 64 and patch size 40"),
    ],
)
def test_what_cannot_be_learned_is_one_sentence(
    settings: dict[str, Any], tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**settings, "architecture": {**WHOLE, **change}}))
    with pytest.raises(InputError) as caught:
        load_config(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["resnet", "timm", 7, None])
def test_an_unknown_kind_is_one_sentence(settings: dict[str, Any], tmp_path: Path, kind: object) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**settings, "architecture": {**WHOLE, "kind": kind}}))
    with pytest.raises(InputError, match=r"Unknown model|Expected kind, the name of a model") as caught:
        load_config(path)
    assert "\n" not in str(caught.value)


def test_an_unknown_backbone_ends_before_the_first_step(make_timm: Make) -> None:
    with pytest.raises(InputError, match=r"found 'resnet81'; did you mean timm:resnet"):
        train_model(make_timm({**WHOLE, "kind": "timm:resnet81"}))
