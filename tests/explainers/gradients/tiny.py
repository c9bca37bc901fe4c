"""Networks of a few pixels, as models that methods by gradients can be asked about."""

import numpy as np
import torch
from torch import nn

from data_cache.findings import FINDINGS
from data_cache.geometry import Geometry
from explainers.model_run import ModelRun
from models.architecture import Architecture
from models.backends.torch_backend import TorchBackend
from models.predictions import ModelInfo
from models.predictor import Predictor


def run_of(module, image, findings=FINDINGS, on_pass=None):
    """The run of a network on an image (s, s)."""
    size = len(image)
    architecture = Architecture(kind="tiny", input_size=size, findings=findings)
    info = ModelInfo("tiny", "tiny", "own", "0" * 64, architecture, "PyTorch", "float32", "")
    model = Predictor(info, TorchBackend(module.eval(), torch.device("cpu")), module)
    return ModelRun(np.asarray(image, np.float32), Geometry(size, size, size), model, on_pass)


def convolutions(seed=0, act=nn.ReLU, outputs=14, pool=nn.MaxPool2d, bias=True):
    """Two convolutions with batch norms, pooling and a linear layer on (n, 1, s, s)."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1, bias=bias),
            act(),
            pool(2),
            nn.Conv2d(6, 8, 3, padding=1, bias=bias),
            act(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(32, outputs, bias=bias),
        )
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.mul_(3)
    return network.eval()


class Weights(nn.Module):
    """A function of two pixels (the upper row) for one finding, written out as weights."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.none = nn.Parameter(torch.zeros(1))  # says on which device it is

    def forward(self, x):
        return self.function(x[:, 0, 0, 0], x[:, 0, 0, 1])[:, None]


def maps_of(explainer, run, cancelled=lambda: False):
    """The only stage's maps."""
    (stage,) = explainer.stages(run, cancelled)
    return stage.maps
