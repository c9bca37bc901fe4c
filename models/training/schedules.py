"""The optimizer of a run, and how its learning rate goes."""

import math
from collections.abc import Iterable

import torch
from timm.utils import adaptive_clip_grad
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from models.heads import WithHead
from models.training.config import OptimizerConfig


def make_optimizer(parameters: Iterable[nn.Parameter], settings: OptimizerConfig) -> torch.optim.Optimizer:
    """Return AdamW, or Adam with the weight decay in the gradient."""
    kind = torch.optim.AdamW if settings.kind == "adamw" else torch.optim.Adam
    return kind(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)


def make_schedule(optimizer: torch.optim.Optimizer, settings: OptimizerConfig, steps: int) -> LRScheduler:
    """Return what sets the learning rate of each of `steps` steps."""
    if settings.schedule == "cosine":
        warmup = max(1, round(settings.warmup * steps))
        final = (settings.final_learning_rate or 0.0) / settings.learning_rate
        return LambdaLR(optimizer, lambda step: cosine_factor(step, steps, warmup, final))
    share = max(settings.warmup, 2 / steps)  # OneCycleLR divides by the warm-up's length less one
    return OneCycleLR(optimizer, settings.learning_rate, total_steps=steps, pct_start=share)


def cosine_factor(step: int, steps: int, warmup: int, final: float) -> float:
    """The share of the highest learning rate at a step, counted from 0.

    Rises as (step + 1) / warmup to 1, then falls to `final`, which it would reach after the last step, by half a
    cosine (Loshchilov and Hutter, SGDR, ICLR 2017, without restarts), as PyTorch's CosineAnnealingLR does over the
    steps that are left.
    """
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return final + (1 - final) * (1 + math.cos(math.pi * min(done, 1.0))) / 2


def clip_adaptively(network: nn.Module, share: float) -> None:
    """Limit each unit's gradient to a share of its weights' norm, by timm's `adaptive_clip_grad`.

    As in Brock et al. (High-performance large-scale image recognition without normalization, ICML 2021), the last
    linear layer is left alone, where the network says which it is.
    """
    last = {id(one) for one in network.linear().parameters()} if isinstance(network, WithHead) else set()
    adaptive_clip_grad([one for one in network.parameters() if id(one) not in last], clip_factor=share)
