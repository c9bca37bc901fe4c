"""torchxrayvision's own networks with random weights, as the oracle of ours; nothing is downloaded.

Each is made once: nobody writes to them.
"""

import functools
import tempfile
import warnings
from pathlib import Path
from types import ModuleType

import torch
import torchvision
from torch import nn

from tests.models.networks import RandomStartLeftOut

RESNET = "resnet50-res512-all"


@functools.cache
def xrv() -> ModuleType:
    """The package; importing it sets filters for warnings, which are put back."""
    with warnings.catch_warnings(action="ignore"):
        import torchxrayvision

    return torchxrayvision


def randomise(network: nn.Module, seed: int = 3) -> None:
    """Make every batch norm one of its own, so that a mistake in any of them is seen."""
    generator = torch.Generator().manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for tensor, low, high in (
                (layer.weight, 0.5, 1.5),
                (layer.bias, -0.3, 0.3),
                (layer.running_mean, -0.3, 0.3),
                (layer.running_var, 0.5, 1.5),
            ):
                tensor.data.uniform_(low, high, generator=generator)
            layer.num_batches_tracked += 7
    network.eval()


@functools.cache
def densenet() -> nn.Module:
    """The library's DenseNet-121 as it is trained: 18 outputs that are logits."""
    torch.manual_seed(1)
    network = xrv().models.DenseNet()
    randomise(network)
    return network


def _file_of(weights: str) -> str:
    return Path(xrv().models.model_urls[weights]["weights_url"]).name


@functools.cache
def released_densenet(weights: str) -> nn.Module:
    """The same with weights of a release, which the library reads from a pickled module."""
    with tempfile.TemporaryDirectory(prefix="xrv-") as folder, RandomStartLeftOut():
        torch.save(densenet(), Path(folder) / _file_of(weights))
        return xrv().models.DenseNet(weights=weights, cache_dir=folder)


@functools.cache
def resnet() -> nn.Module:
    """The library's ResNet-50, which it reads from a state dict; its outputs are left as logits."""
    torch.manual_seed(2)
    network = torchvision.models.resnet50(num_classes=18)
    network.conv1 = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
    randomise(network)
    with tempfile.TemporaryDirectory(prefix="xrv-") as folder, RandomStartLeftOut():
        torch.save(network.state_dict(), Path(folder) / _file_of(RESNET))
        made = xrv().models.ResNet(weights=RESNET, cache_dir=folder)
    made.op_threshs = None
    return made
