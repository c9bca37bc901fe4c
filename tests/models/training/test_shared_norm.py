"""Batch norm over several processes, here in a group of one: it must be the plain batch norm."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from timm.layers import BatchNormAct2d
from torch import distributed, nn

from models.training.shared_norm import SharedBatchNorm, share_batch_statistics


@pytest.fixture
def group(tmp_path: Path) -> Iterator[None]:
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/meet", rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def plain() -> BatchNormAct2d:
    torch.manual_seed(0)
    norm = BatchNormAct2d(5, eps=1e-3, momentum=0.2, act_layer=nn.SiLU)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return norm


def bare(kind: type[nn.BatchNorm1d | nn.BatchNorm2d]) -> nn.BatchNorm1d | nn.BatchNorm2d:
    torch.manual_seed(0)
    norm = kind(5, momentum=0.3)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    return norm


MAKERS = {
    "timm's": (plain, (3, 4)),
    "2d": (lambda: bare(nn.BatchNorm2d), (3, 4)),
    "1d": (lambda: bare(nn.BatchNorm1d), ()),
}


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize("which", MAKERS)
def test_it_is_batch_norm_forwards_and_backwards(which: str) -> None:
    make, shape = MAKERS[which]
    theirs, ours = make(), SharedBatchNorm(make())
    for _ in range(2):
        data = torch.randn(6, 5, *shape) * 3 + 7
        one, two = data.clone().requires_grad_(), data.clone().requires_grad_()
        expected, found = theirs(one), ours(two)
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=2e-6)
        weights = torch.randn_like(expected)
        (expected * weights).sum().backward()
        (found * weights).sum().backward()
        torch.testing.assert_close(two.grad, one.grad, rtol=1e-4, atol=2e-6)  # sums of 72 float32 in another order
        torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, rtol=1e-5, atol=2e-5)
        torch.testing.assert_close(ours.bias.grad, theirs.bias.grad, rtol=1e-5, atol=2e-5)
    for name, buffer in theirs.named_buffers():
        torch.testing.assert_close(ours.get_buffer(name), buffer, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(ours.eval()(data), theirs.eval()(data), rtol=1e-6, atol=1e-6)


def test_names_of_weights_stay() -> None:
    network = nn.Sequential(nn.Conv2d(1, 5, 3), plain(), nn.Sequential(bare(nn.BatchNorm2d)))
    names = list(network.state_dict())
    shared = share_batch_statistics(network, torch.device("cpu"))
    assert sorted(shared.state_dict()) == sorted(names)
    assert sum(isinstance(module, SharedBatchNorm) for module in shared.modules()) == 2
