"""Whole runs in small: what they leave, and that an interruption changes nothing."""

import errno
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors import SafetensorError
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from data_cache.errors import InputError
from data_cache.locking import alone_in
from models.checkpoints import load_checkpoint
from models.training import card
from models.training.config import TrainingConfig
from models.training.learner import Learner
from models.training.run import train_model
from models.training.state import find_states
from tests.warm import warm_python

Make = Callable[..., TrainingConfig]


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "RESAMPLES", 20)


def losses(out: Path) -> dict[int, float]:
    """Return the logged loss of each step."""
    board = EventAccumulator(str(out / "tensorboard"))
    board.Reload()
    return {event.step: event.value for event in board.Scalars("train/loss")}


def interrupt(monkeypatch: pytest.MonkeyPatch, step: int, action: Callable[[], Any]) -> None:
    """Do something right after a step's update, once."""
    update = Learner.update

    def interrupted(self: Learner, loss: torch.Tensor, at: int) -> None:
        update(self, loss, at)
        if at + 1 == step:
            action()

    monkeypatch.setattr(Learner, "update", interrupted)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Filled by the first uninterrupted run: its losses and its file of weights."""
    return {}


@pytest.fixture
def uninterrupted(make_config: Make, tmp_path: Path, expected: dict[str, Any]) -> dict[str, Any]:
    if not expected:
        out = tmp_path / "whole"
        train_model(make_config(run={"out": str(out)}))
        expected.update(losses=losses(out), model=(out / "model.safetensors").read_bytes())
        assert list(expected["losses"]) == [1, 2, 3, 4, 5, 6]
    return expected


def assert_same(out: Path, expected: dict[str, Any]) -> None:
    """The very same losses at every step, and byte for byte the same file.

    And so one fingerprint: the order of what is no tensor is not left to chance either.
    """
    assert losses(out) == expected["losses"]
    assert (out / "model.safetensors").read_bytes() == expected["model"]


# A process of its own, which alone a signal ends that nobody minds: not a worker with all that is left to test.
TERMINATED = """
import os, signal, subprocess, sys, time
from pathlib import Path
from models.training.config import load_config
from models.training.learner import Learner
from models.training.run import train_model

os.setpgid(0, 0)  # a group of its own, wherever this was forked from

def update(learner, loss, step, update=Learner.update):
    update(learner, loss, step)
    if step + 1 == 3:
        group = f"-{os.getpgid(0)}"  # as a terminal or `timeout` does: what loads the batches gets it too
        subprocess.run(["kill", "-TERM", "--", group], start_new_session=True, check=True)
        time.sleep(0.5)  # long enough for that to end, were it to

Learner.update = update
before = signal.getsignal(signal.SIGTERM)
trainer = train_model(load_config(Path(sys.argv[1])))
assert trainer.progress.step == 3
assert signal.getsignal(signal.SIGTERM) is before
"""


def test_a_termination_signal_saves_the_step_at_hand(
    make_config: Make, uninterrupted: dict[str, Any], tmp_path: Path
) -> None:
    config = make_config()
    settings = tmp_path / "tiny.yaml"
    written = json.loads(config.model_dump_json())
    written["data"]["loader_workers"] = 1
    settings.write_text(yaml.safe_dump(written))
    root = Path(card.__file__).parents[2]
    command = [*warm_python(), "-c", TERMINATED, str(settings)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in find_states(config.run.out)] == [
        "state-00000002.safetensors",
        "state-00000003.safetensors",
    ]
    assert not (config.run.out / "model.safetensors").exists()
    # From what is saved a run goes on as from any state, which the next test shows.
    alone = {step: uninterrupted["losses"][step] for step in (1, 2, 3)}
    assert losses(config.run.out) == alone


def test_after_every_crash_the_run_goes_on_in_one_log_as_if_nothing_had_been(
    make_config: Make, uninterrupted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the first state, after one and after two, and in the middle of a record."""
    config = make_config()

    def crash() -> None:
        raise MemoryError

    for step, resume in ((1, False), (3, False), (5, True)):
        with monkeypatch.context() as patched:
            interrupt(patched, step, crash)
            with pytest.raises(MemoryError):
                train_model(config, resume)
        (log,) = (config.run.out / "tensorboard").iterdir()
        with log.open("ab") as file:
            file.write(log.read_bytes()[-40:-7])
        if step == 5:
            states = [path.name for path in find_states(config.run.out)]
            assert states == ["state-00000002.safetensors", "state-00000004.safetensors"]
    (config.run.out / ".state-00000006.safetensors.x1.partial").write_bytes(b"half")
    assert train_model(config, resume=True).progress.step == 6
    assert not list(config.run.out.rglob("*.partial"))
    assert_same(config.run.out, uninterrupted)
    (log,) = (config.run.out / "tensorboard").iterdir()
    steps = [event.step for event in EventFileLoader(str(log)).Load() if event.step]
    assert steps == sorted(steps)
    assert set(steps) == {1, 2, 3, 4, 5, 6}


@pytest.mark.thorough  # that it stops: below; resumed: above
def test_out_of_minutes_it_stops_and_can_be_resumed_with_more(make_config: Make, uninterrupted: dict[str, Any]) -> None:
    config = make_config(optimizer={"max_minutes": 1e-9})
    assert train_model(config).progress.step == 1
    train_model(make_config(), resume=True)
    assert_same(config.run.out, uninterrupted)


def test_another_recipe_is_not_resumed(make_config: Make) -> None:
    assert train_model(make_config(optimizer={"max_minutes": 1e-9})).progress.step == 1
    with pytest.raises(InputError) as error:
        train_model(make_config(seed=9, optimizer={"learning_rate": 0.1}), resume=True)
    assert "found a difference in optimizer.learning_rate, seed;" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_with_an_earlier_run_is_not_overwritten_and_an_empty_one_not_resumed(make_config: Make) -> None:
    config = make_config(optimizer={"max_minutes": 1e-9})
    with pytest.raises(InputError, match="start without --resume"):
        train_model(config, resume=True)
    train_model(config)
    with pytest.raises(InputError, match="add --resume"):
        train_model(config)


def test_a_folder_in_which_another_training_is_at_work_is_left_alone(make_config: Make) -> None:
    config = make_config()
    with alone_in(config.run.out, ""):
        before = sorted(config.run.out.iterdir())
        with pytest.raises(InputError, match=r"no other training is at work, found another one .* wait for it"):
            train_model(config)
        assert sorted(config.run.out.iterdir()) == before


def test_the_results_of_a_run(make_config: Make) -> None:
    config = make_config(
        run={"keep": "best", "weights_dtype": "float16", "channels_last": True, "validate_every": 2},
        optimizer={"drop_path_rate": 0.1},
        stages=[{"share": 0.5, "input_size": 32, "patch_size": 16}],
        data={"test": "CheXpert/test_labels.csv"},
    )
    trainer = train_model(config, command="python -m models train --config tiny.yaml")
    checkpoint = load_checkpoint(config.run.out / "model.safetensors", "medicalpatchnet")
    assert checkpoint.architecture == config.architecture
    assert load_file(config.run.out / "model.safetensors")["backbone.classifier.weight"].dtype == torch.float16
    average = trainer.learner.shown.state_dict()
    for name, tensor in checkpoint.state_dict.items():  # what was scored is what was written, float16 and all
        torch.testing.assert_close(tensor, average[name], rtol=0, atol=0)
    best = load_file(config.run.out / "best.safetensors")
    for name, tensor in checkpoint.state_dict.items():
        torch.testing.assert_close(tensor.float(), best[name].float(), rtol=1e-3, atol=1e-6)
    text = (config.run.out / "model.md").read_text()
    for words in ("# tiny", "2×2 patches of 32²", "learning_rate: 0.01", "`python -m models train --config tiny.yaml`"):
        assert words in text
    assert f"after step {trainer.progress.best['step']}" in text  # type: ignore[index]
    assert "| **images** | 24 | 12 | 8 |" in text
    assert "On the test split" in text
    assert str(config.data.root) not in text
    assert [entry["step"] for entry in trainer.progress.history] == [2, 4, 6]


def test_it_stops_when_validation_gets_no_better(make_config: Make) -> None:
    """At a learning rate of nearly nothing and without averaging, weights stand still and so does the AUROC.

    The half-size stage is never cut short.
    """
    config = make_config(
        optimizer={"learning_rate": 1e-30, "weight_decay": 0, "ema_decay": None, "steps": 8, "drop_rate": 0},
        run={"validate_every": 1, "patience": 2, "keep": "best"},
        stages=[{"share": 0.5, "input_size": 32, "patch_size": 16}],
    )
    trainer = train_model(config)
    assert 4 <= trainer.progress.step < 8
    assert trainer.progress.stale() >= 2
    assert (config.run.out / "model.safetensors").exists()


def test_a_full_disk_anywhere_is_one_line(make_config: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    config = make_config(run={"keep": "best"})

    def full(path: Path, *rest: object) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("models.training.loop.save_checkpoint", full)
    with pytest.raises(InputError) as error:
        train_model(config)
    assert "the last good one is state-00000002.safetensors: free some space" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("place", ["file", "file/x", "loop", "loop/x", "pipe"])
def test_a_folder_that_is_none_is_one_line(make_config: Make, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="found that nothing can be written there"):
        train_model(make_config(run={"out": str(tmp_path / place)}))


def test_other_failures_of_the_system_are_not_dressed_up(make_config: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*rest: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("models.training.run.load_splits", broken)
    with pytest.raises(PermissionError):
        train_model(make_config())


def test_skipped_images_are_named_on_the_card(make_config: Make, stripes: Path, tmp_path: Path) -> None:
    shutil.copytree(stripes, tmp_path / "broken")
    (tmp_path / "broken/CheXpert/train/patienttrain004/study1/view1_frontal.png").unlink()
    config = make_config(data={"root": str(tmp_path / "broken"), "on_bad_image": "skip"}, optimizer={"steps": 4})
    train_model(config)
    text = (config.run.out / "model.md").read_text()
    assert "| **images** | 23 | 12 |" in text
    assert "Skipped: 1 of 24 images of train_labels.csv could not be read (first: train/patienttrain004/" in text
    with pytest.raises(InputError, match="mend them or set"):
        train_model(make_config(data={"root": str(tmp_path / "broken")}, run={"out": str(tmp_path / "other")}))


def test_what_does_not_fit_is_one_line(make_config: Make) -> None:
    with pytest.raises(InputError, match="at least one batch of 25 images"):
        train_model(make_config(optimizer={"batch_size": 25}))
    with pytest.raises(InputError, match=r"at least 4 steps, found 2; raise optimizer\.epochs"):
        train_model(make_config(optimizer={"batch_size": 12, "steps": None, "epochs": 1}))
    with pytest.raises(InputError, match=r"at least 4 steps, found 3; raise optimizer\.steps"):
        train_model(make_config(optimizer={"steps": 3}))
    with pytest.raises(InputError, match=r"set run\.mixed_precision to no"):
        train_model(make_config(run={"mixed_precision": "fp16"}))


def test_the_card_says_how_strong_the_weights_of_blocks_are(settings: dict[str, Any]) -> None:
    shape = {"kind": "mednext_xue", "channels": 1, "input_size": 32, "stem": [4, 4], "widths": [4, 4, 4, 4]}
    few = {**settings["optimizer"], "steps": 4}
    config = TrainingConfig.model_validate(
        {**settings, "optimizer": few, "architecture": {**shape, "depths": [1, 1, 1, 1]}}
    )
    train_model(config)
    card_text = (config.run.out / "model.md").read_text(encoding="utf-8")
    said = re.search(r"- mean \|A\| of its blocks: ([\d., ]+) \(12 images of val_labels.csv\)", card_text)
    assert said and len(said[1].split(", ")) == 4
