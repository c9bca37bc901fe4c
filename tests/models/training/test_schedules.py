"""Learning rates and gradients against PyTorch's and timm's own."""

import copy

import pytest
import torch
from timm.utils import adaptive_clip_grad
from torch import nn

from models.training.config import OptimizerConfig
from models.training.schedules import clip_adaptively, make_optimizer, make_schedule

STEPS = 20


def test_the_cosine_is_torchs_after_a_straight_rise() -> None:
    settings = OptimizerConfig(
        steps=STEPS, schedule="cosine", learning_rate=0.1, final_learning_rate=0.001, warmup=0.2, kind="adam"
    )
    optimizer = make_optimizer(nn.Linear(2, 2).parameters(), settings)
    assert type(optimizer) is torch.optim.Adam
    schedule = make_schedule(optimizer, settings, STEPS)
    rates = []
    for _ in range(STEPS):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert rates[:4] == pytest.approx([0.025, 0.05, 0.075, 0.1])
    other = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(other, T_max=STEPS - 4, eta_min=0.001)
    for rate in rates[4:]:
        assert rate == pytest.approx(theirs.get_last_lr()[0], rel=1e-6)
        other.step()
        theirs.step()
    assert schedule.get_last_lr()[0] == pytest.approx(0.001)


class Classifier(nn.Module):
    """What says which layer is its last."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        return self.head(features)

    def linear(self) -> nn.Module:
        return self.head


def test_gradients_are_clipped_as_timm_does_but_for_the_last_layer() -> None:
    torch.manual_seed(0)
    ours, plain = Classifier(), nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    for network in (ours, plain):
        for parameter in network.parameters():
            parameter.grad = torch.randn_like(parameter)
    for network, theirs in ((ours, copy.deepcopy(ours)), (plain, copy.deepcopy(plain))):
        for one, other in zip(network.parameters(), theirs.parameters(), strict=True):
            other.grad = one.grad.clone()  # type: ignore[union-attr]
        adaptive_clip_grad(theirs.body.parameters() if network is ours else theirs.parameters(), clip_factor=0.02)
        clip_adaptively(network, 0.02)
        for one, other in zip(network.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(one.grad, other.grad, rtol=0, atol=0)
