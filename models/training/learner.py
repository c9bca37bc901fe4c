"""What learns: the network, its optimizer, the learning rate's schedule and the moving average of the weights."""

from typing import Any

import torch
from accelerate import Accelerator
from timm.utils import ModelEmaV3
from torch import nn

from models.registry import find_model
from models.training.config import Stage, TrainingConfig
from models.training.initial_weights import start_from
from models.training.schedules import clip_adaptively, make_optimizer, make_schedule
from models.training.shared_norm import share_batch_statistics
from models.training.state import State


class Learner:
    """The moving parts of a run, which a state saves and restores together."""

    def __init__(self, config: TrainingConfig, steps: int, accelerator: Accelerator) -> None:
        """Build everything, from the initial weights or at random from the seed; the same on every process."""
        torch.manual_seed(config.seed)
        settings = config.optimizer
        network = find_model(config.architecture.kind).build(
            config.architecture, drop_rate=settings.drop_rate, drop_path_rate=settings.drop_path_rate
        )
        if config.initial_weights is not None:
            start_from(config.initial_weights, network, config.architecture)
        if config.run.channels_last:
            network = network.to(memory_format=torch.channels_last)
        if accelerator.num_processes > 1:
            share_batch_statistics(network, accelerator.device)
        optimizer = make_optimizer(network.parameters(), settings)
        self.scheduler = make_schedule(optimizer, settings, steps)
        self.clip = settings.adaptive_clip
        self.network: Any = network.to(accelerator.device)
        self.average = (
            ModelEmaV3(self.network, decay=settings.ema_decay, use_warmup=True) if settings.ema_decay else None
        )
        self.accelerator = accelerator
        self.model, self.optimizer = accelerator.prepare(self.network, optimizer)
        # Static: what is compiled for any size fails in Inductor where a network resizes maps (seen with PyTorch 2.11).
        self.forward = torch.compile(self.model, dynamic=False) if config.run.compile else self.model

    @property
    def shown(self) -> nn.Module:
        """The network that is validated and kept: the moving average where there is one."""
        return self.average.module if self.average is not None else self.network

    def set_stage(self, stage: Stage) -> None:
        """Train at another resolution from here on; no weight depends on it."""
        shape = self.network.architecture
        sizes = {"input_size": stage.input_size, "patch_size": stage.patch_size}
        known = {name: size for name, size in sizes.items() if name in type(shape).model_fields}
        self.network.architecture = shape.model_copy(update=known)

    def update(self, loss: torch.Tensor, step: int) -> None:
        """Take one optimizer step down the gradient of a loss; `step` counts from 0."""
        self.accelerator.backward(loss)
        if self.clip is not None:
            self.accelerator.unscale_gradients()
            clip_adaptively(self.network, self.clip)
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad()
        if self.average is not None:
            self.average.update(self.network, step=step)

    def state(self, step: int, notes: dict[str, Any]) -> State:
        """Return everything needed to go on."""
        tensors = _prefixed("model", self.network.state_dict())
        if self.average is not None:
            tensors |= _prefixed("average", self.average.module.state_dict())
        for index, values in self.optimizer.state_dict()["state"].items():
            tensors |= _prefixed(f"optimizer.{index}", values)
        scaler = self.accelerator.scaler
        own = {
            "scheduler": self.scheduler.state_dict(),
            "groups": self.optimizer.state_dict()["param_groups"],  # the schedule's current rate and momentum
            "scaler": scaler.state_dict() if scaler else None,
        }
        return State(step, tensors, notes | {"learner": own})

    def restore(self, state: State) -> None:
        """Go back to a state that `state` returned."""
        self.network.load_state_dict(_below("model", state.tensors))
        if self.average is not None:
            self.average.module.load_state_dict(_below("average", state.tensors))
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in _below("optimizer", state.tensors).items():
            index, _, key = name.partition(".")
            moments.setdefault(int(index), {})[key] = tensor
        own = state.notes["learner"]
        self.scheduler.load_state_dict(own["scheduler"])
        self.optimizer.load_state_dict({"state": moments, "param_groups": own["groups"]})
        if self.accelerator.scaler and own["scaler"]:
            self.accelerator.scaler.load_state_dict(own["scaler"])


def _prefixed(prefix: str, tensors: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {f"{prefix}.{name}": tensor.clone() for name, tensor in tensors.items()}


def _below(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(f"{prefix}."): t for name, t in tensors.items() if name.startswith(f"{prefix}.")}
