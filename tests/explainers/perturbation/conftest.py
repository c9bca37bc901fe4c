"""A small random network as a model of the registry would be."""

import pytest
import torch
from torch import nn

from data_cache.geometry import Geometry
from explainers.model_run import ModelRun
from models.architecture import Architecture
from models.backends.torch_backend import TorchBackend
from models.predictions import ModelInfo
from models.predictor import FeaturePredictor
from tests.explainers.test_cams import network_and_image


class WithFeatures(nn.Module):
    """A pooled network that also gives what it pools."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        features = self.network.late(self.network.early(images))
        return self.network.linear(features.mean((2, 3))), features


def info_of(size):
    return ModelInfo("small", "cnn", "own", "0" * 64, Architecture(kind="cnn", input_size=size), "", "float32", "")


@pytest.fixture
def run_of():
    """Makes the run of a network on its image; `heard` takes the passes."""

    def make(network, image, heard=None):
        module = WithFeatures(network)
        backend = TorchBackend(module, torch.device("cpu"))
        model = FeaturePredictor(info_of(len(image)), backend, module, network.linear.in_features)
        return ModelRun(image, Geometry(*[len(image)] * 3), model, None if heard is None else heard.append)

    return make


@pytest.fixture
def small(run_of):
    """A network, its image and their run."""
    network, image = network_and_image(seed=5)
    for part in network.modules():  # in place, a library would see the activations after the next layer
        part.inplace = False
    heard = []
    run = run_of(network, image, heard)
    run.heard = heard
    return network, image, run
