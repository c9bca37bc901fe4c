"""The moving parts of a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from models.checkpoints import save_checkpoint
from models.cnn import BaselineCnn
from models.training.config import TrainingConfig
from models.training.learner import Learner
from tests.models.networks import shape


def test_a_patch_model_can_start_from_the_backbone_of_a_cnn(
    make_config: Callable[..., TrainingConfig], tmp_path: Path
) -> None:
    patchnet: Any = make_config().architecture
    sizes = {"channel_multiplier": patchnet.channel_multiplier, "depth_multiplier": patchnet.depth_multiplier}
    cnn = BaselineCnn(shape("cnn", input_size=64, patch_size=64, **sizes))
    path = tmp_path / "cnn.safetensors"
    save_checkpoint(path, cnn, cnn.architecture)

    learner = Learner(make_config(initial_weights=str(path)), steps=4, accelerator=Accelerator(cpu=True))

    for name, tensor in learner.network.backbone.state_dict().items():
        assert torch.equal(tensor, cnn.backbone.state_dict()[name]), name
