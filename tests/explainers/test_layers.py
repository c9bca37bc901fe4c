import threading

import numpy as np
import pytest
import torch
from torch import nn

from data_cache.errors import InputError
from explainers.layers import evidence_by_autograd, find_layer
from explainers.types import Cancelled, never

OUTPUTS = (0, 1)
IMAGE = np.arange(16, dtype=np.float32).reshape(4, 4) / 16


class Doubled(nn.Module):
    """Two logits that are known functions of the layer `twice`: the sum of its squares, and its first cell."""

    def __init__(self):
        super().__init__()
        self.twice = nn.Conv2d(1, 1, 1, bias=False)
        self.unused = nn.Conv2d(1, 1, 1)
        self.flat = nn.Flatten()
        nn.init.constant_(self.twice.weight, 2.0)

    def forward(self, x):
        y = self.flat(self.twice(x))
        return torch.stack([(y**2).sum(1), y[:, 0]], dim=1), x


class Broken(Doubled):
    def forward(self, x):
        self.twice(x)
        raise RuntimeError("broken")


def test_features_and_gradients_by_hand():
    evidence = evidence_by_autograd(Doubled(), "twice", IMAGE, OUTPUTS, never)
    np.testing.assert_array_equal(evidence.features, [2 * IMAGE])
    squares, first = evidence.gradients()
    np.testing.assert_allclose(squares[0], 4 * IMAGE[None])  # d(y²)/dy = 2y
    np.testing.assert_array_equal(first[0, 0], np.eye(1, 16).reshape(4, 4))


def test_findings_are_in_the_order_asked_for_and_0_where_there_is_no_output():
    evidence = evidence_by_autograd(Doubled(), "twice", IMAGE, (None, 1, None, 0, None), never)
    none, first, nothing, squares, last = (gradient[0, 0] for gradient in evidence.gradients())
    assert not none.any() and not nothing.any() and not last.any()
    np.testing.assert_array_equal(first, np.eye(1, 16).reshape(4, 4))
    np.testing.assert_allclose(squares, 4 * IMAGE)


def test_mode_hooks_and_gradients_are_restored():
    network = Doubled()
    network.train()
    network.flat.eval()
    list(evidence_by_autograd(network, "twice", IMAGE, OUTPUTS, never).gradients())
    assert network.training and network.twice.training and not network.flat.training
    assert not network.twice._forward_hooks
    assert all(parameter.grad is None for parameter in network.parameters())


def test_everything_is_restored_after_an_exception():
    network = Broken()
    network.train()
    with pytest.raises(RuntimeError, match="broken"):
        evidence_by_autograd(network, "twice", IMAGE, OUTPUTS, never)
    assert network.training and not network.twice._forward_hooks


def test_another_thread_may_run_the_network_meanwhile():
    network = Doubled()
    other = torch.full((1, 1, 4, 4), 9.0)

    def meddle(_module, _inputs):
        if threading.current_thread() is threading.main_thread():
            thread = threading.Thread(target=network, args=(other,))
            thread.start()
            thread.join()

    network.unused.register_forward_pre_hook(meddle)
    forward = network.forward
    network.forward = lambda x: (forward(x), network.unused(x))[0]  # the other thread runs after our own layer
    evidence = evidence_by_autograd(network, "twice", IMAGE, OUTPUTS, never)
    np.testing.assert_array_equal(evidence.features, [2 * IMAGE])


def test_cancelled_between_findings():
    evidence = evidence_by_autograd(Doubled(), "twice", IMAGE, OUTPUTS, lambda: True)
    with pytest.raises(Cancelled):
        next(evidence.gradients())


@pytest.mark.parametrize("layer", ["unused", "flat"])
def test_layer_without_feature_maps_is_refused(layer):
    with pytest.raises(InputError, match=f"'{layer}' is not used or gives none"):
        evidence_by_autograd(Doubled(), layer, IMAGE, OUTPUTS, never)


def test_unknown_layer_names_what_there_is():
    network = nn.Sequential(nn.Sequential(nn.ReLU()))
    assert find_layer(network, "0.0") is network[0][0]
    with pytest.raises(InputError, match=r"Unknown layer '0\.4': 0 holds 0"):
        find_layer(network, "0.4")
    with pytest.raises(InputError, match="the network holds 0"):
        find_layer(network, "blocks")
    with pytest.raises(InputError, match=r"0\.0 holds no further layers"):
        find_layer(network, "0.0.x")
