"""What is found of networks whose layers are known."""

import numpy as np
import pytest
import timm
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from models.rectified import Replaced, is_rectified, why_not_rectified
from models.xrv_network import XrvNetwork
from tests.models.networks import RandomStartLeftOut

SIDE = 32


class Of(nn.Module):
    """A network that does something with the features of one convolution."""

    def __init__(self, function):
        super().__init__()
        self.function, self.first, self.relu = function, nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace=True)
        self.scale = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x):
        return self.function(self, self.first(x)).mean((2, 3))


def used_twice(self, x):
    return self.relu(self.first.weight.mean() * self.relu(x) - 1)


FUNCTIONS = {
    "functional": (lambda _, x: F.relu(x), ""),
    "method in place": (lambda _, x: x.relu_(), ""),
    "one module twice": (used_twice, ""),
    "sum and concatenation": (lambda _, x: torch.cat([x + 2 * x, x.relu()], 1), ""),
    "overlapping pooling": (lambda _, x: F.max_pool2d(x, 3, 2, 1), ""),
    "scaled by a parameter": (lambda self, x: x * self.scale / self.scale, ""),
    "patches": (lambda _, x: x.unflatten(3, (4, 8)).permute(0, 3, 1, 2, 4).flatten(0, 1), ""),
    "enlarged": (lambda _, x: F.interpolate(x[:, :2], scale_factor=2), ""),
    "gate": (lambda _, x: x * x.mean((2, 3), keepdim=True), "gates such as squeeze-and-excitation"),
    "square": (lambda _, x: x * x, "products of activations"),
    "inverse": (lambda self, x: self.scale / (x + 9), "a division by an activation"),
    "swish": (lambda _, x: F.silu(x), "SiLU"),
    "sigmoid": (lambda _, x: torch.sigmoid(x), "sigmoid"),
    "leaky": (lambda _, x: F.leaky_relu(x), "leaky ReLU"),
    "clamp": (lambda _, x: x.clamp(min=0), "clamping"),
    "softmax": (lambda _, x: x.softmax(1), "softmax"),
    "of no name here": (lambda _, x: x.erf(), "what PyTorch calls erf"),
    "reads a value": (lambda _, x: x * float(x.mean()), "layers that cannot be followed"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_reasons(name):
    function, reason = FUNCTIONS[name]
    found = why_not_rectified(Of(function).eval(), SIDE)
    assert found == reason or (reason == "layers that cannot be followed" and found)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("test_resnet", ""),
        *(pytest.param(name, "", marks=pytest.mark.thorough) for name in ("resnet50d", "regnetx_002", "resnetv2_50")),
        ("seresnet18", "sigmoid and gates such as squeeze-and-excitation"),
        ("test_efficientnet", "SiLU, sigmoid and gates such as squeeze-and-excitation"),
        ("test_convnext", "LayerNorm and GELU"),
        ("test_vit", "LayerNorm, attention (products of activations), softmax and GELU"),
    ],
)
def test_networks_of_timm(name, reason):
    with torch.device("meta"), RandomStartLeftOut():  # no weight is asked for
        network = timm.create_model(name, in_chans=1).eval()
    assert why_not_rectified(network, 64) == reason


def test_a_network_is_left_as_it_was_and_asked_once():
    network = XrvNetwork("densenet121").eval()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    assert is_rectified(network, SIDE)
    assert all(
        tensor.device.type == "cpu" and tensor.equal(before[name]) for name, tensor in network.state_dict().items()
    )
    assert not any(part._forward_hooks or part._forward_pre_hooks or part.training for part in network.modules())
    network.forward = None
    assert is_rectified(network, SIDE)  # as was found


def test_functions_are_others_within_and_in_this_thread_alone():
    x = torch.tensor([-1.0, 2.0])
    with pytest.raises(KeyError), Replaced(relu=lambda x, inplace=False: x + 1):
        np.testing.assert_array_equal(nn.ReLU()(x), [0, 3])
        np.testing.assert_array_equal(x.relu(), [0, 3])
        raise KeyError
    np.testing.assert_array_equal(nn.ReLU()(x), [0, 2])
