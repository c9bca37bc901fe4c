"""Two processes on the CPU learn what one does from the same global batches."""

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from models.training import card
from models.training.config import TrainingConfig
from models.training.run import train_model
from models.training.state import find_states, read_state
from tests.models.attention_network.networks import attention_shape
from tests.warm import warm_python

# Two processes of which the second is a fork of the first, once all is imported; to each is told what torchrun tells.
SCRIPT = """
import os, sys
from pathlib import Path
from accelerate import PartialState
from models.training import card
from models.training.run import train_from_file
card.RESAMPLES = 20
second = os.fork()
rank = "0" if second else "1"
os.environ.update(RANK=rank, LOCAL_RANK=rank)
train_from_file(Path(sys.argv[1]))
assert PartialState().num_processes == 2
if second:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(second, 0)[1]))
"""


def start(words: list[str], home: Path) -> subprocess.Popen[bytes]:
    """Both, as torchrun would start them; `accelerate launch` starts several for accelerators only."""
    root = Path(card.__file__).parents[2]
    told = {
        "PYTHONPATH": str(root),
        "HF_HOME": str(home),
        "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1",
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
    }
    return subprocess.Popen([*warm_python(), *words], cwd=root, env={**os.environ, **told})


def free_port() -> int:
    """A port at which nobody listens, for both to meet at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_two_processes_equal_one(
    make_config: Callable[..., TrainingConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a teacher and every term of attention. Dropout is off: each process draws its own. Batch norm spans both
    processes (SharedBatchNorm)."""
    changes = {
        "optimizer": {"drop_rate": 0, "drop_path_rate": 0, "steps": 4, "learning_rate": 1e-3},
        "loss": {"kind": "focal", "gamma": 2, "sparsity": 1, "variation": 1, "consistency": 10},
        "teacher": {"kind": "cnn", "weights": "demo"},
    }
    shape = json.loads(attention_shape().model_dump_json())
    monkeypatch.setattr(card, "RESAMPLES", 20)
    one = TrainingConfig.model_validate({**make_config(**changes).model_dump(), "architecture": shape})
    train_model(one)
    two = one.model_copy(update={"run": one.run.model_copy(update={"out": tmp_path / "two"})})
    config, script = tmp_path / "two.yaml", tmp_path / "train_two.py"
    config.write_text(yaml.safe_dump(json.loads(two.model_dump_json())))
    script.write_text(SCRIPT)
    assert start([str(script), str(config)], tmp_path).wait(timeout=300) == 0
    alone, both = (read_state(find_states(config.run.out)[-1]) for config in (one, two))
    assert alone.step == both.step == 4
    for entry, other in zip(alone.notes["history"], both.notes["history"], strict=True):
        assert entry["loss"] == pytest.approx(other["loss"], rel=1e-5)
        # One pair of 12 images whose logits tie but for the last digit may turn; a finding has at least 27 pairs.
        assert entry["auroc"] == pytest.approx(other["auroc"], abs=1 / 27)
    # Sums over a batch are taken in another order, and AdamW divides gradients near zero by their own size: of a few
    # weights that turns the last digits into a step. All weights together must agree to a small part of one step.
    mine, theirs = (load_file(config.run.out / "model.safetensors") for config in (one, two))
    off = torch.cat([(mine[name].double() - theirs[name].double()).flatten() for name in mine])
    assert off.square().mean().sqrt() < 0.02 * one.optimizer.learning_rate
