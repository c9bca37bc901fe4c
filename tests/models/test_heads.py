"""Which heads are linear after pooling: against autograd, pytorch-grad-cam, and networks of which it is known."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from explainers.published import cam_picture
from models.heads import linear_head, pooled_head
from tests.models import narrow_timm
from tests.models.networks import timm_network

assert narrow_timm.default_cfgs  # imported for its names

OUTPUTS = ["Edema", "Fracture", "Pneumonia"]
CHANNELS = 12


class Headed(nn.Module):
    """A network whose head is a given function of features."""

    def __init__(self, head: Callable[["Headed", torch.Tensor], torch.Tensor], bias: bool = True) -> None:
        super().__init__()
        torch.manual_seed(0)  # of logits that are all small a squashed one differs by less than rounding
        self.fc = nn.Linear(CHANNELS, 5, bias=bias)
        self._head = head

    def forward_head(self, features: torch.Tensor) -> torch.Tensor:
        return self._head(self, features)

    def linear(self) -> nn.Module:
        return self.fc


def mean(features: torch.Tensor) -> torch.Tensor:
    return features.mean(dim=(2, 3))


LINEAR: dict[str, Callable[[Headed, torch.Tensor], torch.Tensor]] = {
    "mean": lambda net, x: net.fc(mean(x)),
    "sum over a count": lambda net, x: net.fc(x.sum(dim=(2, 3)) / x[0, 0].numel()),
    "classified, then averaged": lambda net, x: net.fc(x.permute(0, 2, 3, 1)).mean(dim=(1, 2)),
}
NOT_LINEAR: dict[str, Callable[[Headed, torch.Tensor], torch.Tensor]] = {
    "largest": lambda net, x: net.fc(x.amax(dim=(2, 3))),
    "mean and largest": lambda net, x: net.fc(0.9 * mean(x) + 0.1 * x.amax(dim=(2, 3))),
    "normalised after pooling": lambda net, x: net.fc(nn.functional.layer_norm(mean(x), (CHANNELS,))),
    "normalised before pooling": lambda net, x: net.fc(mean(nn.functional.normalize(x, dim=1))),
    "cut at zero after pooling": lambda net, x: net.fc(mean(x).relu()),
    "cut at zero before pooling": lambda net, x: net.fc(mean(x.relu())),
    "squashed logits": lambda net, x: 30 * torch.tanh(net.fc(mean(x)) / 30),
    "scaled": lambda net, x: 1.001 * net.fc(mean(x)),
    "sum": lambda net, x: net.fc(x.sum(dim=(2, 3))),
    "weighted by place": lambda net, x: net.fc(mean(x * torch.linspace(0.9, 1.1, x.shape[3]))),
    "other outputs": lambda net, x: net.fc(mean(x)).flip(1),
    "shifted logits": lambda net, x: net.fc(mean(x)) + 0.01,
}


def features(seed: int = 0, positive: bool = False) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(1, CHANNELS, 4, 5)).astype(np.float32)
    return np.abs(noise) if positive else noise


@pytest.mark.parametrize("head", LINEAR.values(), ids=LINEAR)
@pytest.mark.parametrize("bias", [True, False])
def test_a_linear_head_is_found_and_read(head: Callable[..., torch.Tensor], bias: bool) -> None:
    network = Headed(head, bias).eval()
    found = pooled_head(network, features())
    assert found is not None
    np.testing.assert_array_equal(found.weight, network.fc.weight.detach().numpy())
    np.testing.assert_array_equal(found.bias, network.fc.bias.detach().numpy() if bias else np.zeros(5))
    assert found.weight.dtype == found.bias.dtype == np.float32
    given = torch.from_numpy(features(1))
    by_hand = found.weight @ features(1)[0].mean(axis=(1, 2)) + found.bias
    np.testing.assert_allclose(network.forward_head(given)[0].detach().numpy(), by_hand, atol=1e-6)


@pytest.mark.parametrize("head", NOT_LINEAR.values(), ids=NOT_LINEAR)
@pytest.mark.parametrize("positive", [True, False])
def test_any_other_head_is_not(head: Callable[..., torch.Tensor], positive: bool) -> None:
    assert pooled_head(Headed(head).eval(), features(positive=positive)) is None


@pytest.mark.parametrize(("channels", "layer"), [(8, nn.Linear(CHANNELS, 5)), (CHANNELS, nn.Conv2d(CHANNELS, 5, 1))])
def test_a_layer_of_another_sort_or_width_is_not(channels: int, layer: nn.Module) -> None:
    network = Headed(LINEAR["mean"]).eval()
    network.linear = lambda: layer  # type: ignore[method-assign]
    assert pooled_head(network, features()[:, :channels]) is None


def test_what_the_head_gives_for_broken_weights_agrees_with_nothing() -> None:
    network = Headed(LINEAR["mean"]).eval()
    with torch.no_grad():
        network.fc.weight[0, 0] = float("nan")
    assert pooled_head(network, features()) is None
    assert pooled_head(Headed(LINEAR["mean"]).eval(), np.full_like(features(), np.inf)) is None


def test_features_that_are_the_same_everywhere_do_not_hide_a_head() -> None:
    """Flat features have mean = largest: the noise tells the two apart."""
    flat = np.ones((1, CHANNELS, 4, 5), np.float32)
    assert pooled_head(Headed(LINEAR["mean"]).eval(), flat) is not None
    assert pooled_head(Headed(NOT_LINEAR["largest"]).eval(), flat) is None


def test_measuring_leaves_no_gradients_and_no_hooks() -> None:
    network = Headed(LINEAR["mean"]).eval()
    given = features()
    before = given.copy()
    pooled_head(network, given)
    assert network.fc.weight.grad is None
    assert not network.fc._forward_hooks
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize(
    ("name", "linear"),
    [
        ("narrow_resnet", True),
        ("test_efficientnet", True),
        ("test_byobnet", True),
        ("narrow_convnext", False),  # normalises after pooling
        ("test_convnext2", False),
        ("test_nfnet", True),
    ],
)
def test_networks_of_timm(name: str, linear: bool) -> None:
    """What is said of a network, against the gradients of the whole network's logits."""
    network = timm_network(name, input_size=64, findings=OUTPUTS)
    image = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    logits, found = network(image)
    head = pooled_head(network, found.detach().numpy())
    assert (head is not None) == linear
    weight = linear_head(network).weight
    for output in range(len(OUTPUTS)):
        (gradient,) = torch.autograd.grad(logits[0, output], found, retain_graph=True)
        closed = np.broadcast_to(weight[output][:, None, None] / found[0, 0].numel(), gradient[0].shape)
        error = np.abs(gradient[0].numpy() - closed).max() / np.abs(closed).max()
        assert (error < 1e-5) if linear else (error > 0.1)


class LogitsOnly(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.network(images)[0]
        return logits


def pictures(name: str, last_block: str) -> tuple[np.ndarray, np.ndarray]:
    """Grad-CAM of every output: in closed form with the last layer's weights, and pytorch-grad-cam's."""
    network = timm_network(name, input_size=96, findings=OUTPUTS)
    image = torch.rand(1, 1, 96, 96, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        found = network(image)[1][0].numpy()
    maps = np.einsum("oc,chw->ohw", linear_head(network).weight, found) / found[0].size
    with GradCAM(model=LogitsOnly(network), target_layers=[network.get_submodule(last_block)]) as cam:
        expected = [cam(image, [ClassifierOutputTarget(output)])[0] for output in range(len(OUTPUTS))]
    return cam_picture(maps, 96), np.stack(expected)


def test_the_closed_form_of_a_pooled_head_is_pytorch_grad_cams_map() -> None:
    ours, expected = pictures("narrow_resnet", "backbone.layer4")
    assert expected.max() > 0.9
    np.testing.assert_allclose(ours, expected, atol=2e-6)


def test_of_convnext_it_would_be_another_one() -> None:
    """Why the head is measured: the closed form gives a map there too, and it is wrong."""
    ours, expected = pictures("narrow_convnext", "backbone.stages.3")
    assert np.abs(ours - expected).max() > 0.1
