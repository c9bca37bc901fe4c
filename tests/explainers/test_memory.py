"""Memory that does not suffice is one sentence wherever a network is asked by PyTorch."""

import numpy as np
import pytest
import torch

from data_cache.errors import InputError
from data_cache.geometry import Geometry
from evaluation.one_map.covering import slopes_of, worth_of
from explainers.attention.rows import fused, relevances
from explainers.memory import enough_memory
from explainers.model_run import ModelRun
from explainers.types import never
from models.self_attention import CaughtAttention

ERRORS = (
    MemoryError(),
    RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    torch.OutOfMemoryError("CUDA out of memory."),
)
WAYS = {
    "an earlier layer": ("timm:test_resnet", lambda run: list(run.evidence("backbone.layer1", never).gradients())),
    "the head": ("timm:test_convnext", lambda run: list(run.evidence("", never).gradients())),
    "rollout": ("timm:test_vit", lambda run: fused(run, lambda heads: heads.mean(dim=0))),
    "relevance": ("timm:test_vit", lambda run: list(relevances(run, run.outputs, never))),
    "slopes": ("timm:test_resnet", lambda run: slopes_of(run, 5, never, lambda: None)(0.5)),
    "worth": ("timm:test_resnet", lambda run: worth_of(run, 5, never, lambda: None)(np.zeros((1, 64), bool))),
}


def failing(error):
    def fail(*_args, **_rest):
        raise error

    return fail


@pytest.fixture
def run(small_models, request):
    model = small_models[WAYS[request.param][0]]
    run = ModelRun(np.full((model.input_size,) * 2, 0.5, np.float32), Geometry(*(model.input_size,) * 3), model)
    assert run.logits is not None  # what the model says is there already: only what a method asks for is too much
    return run


@pytest.mark.parametrize(("run", "way"), [(name, way) for name, (_, way) in WAYS.items()], indirect=["run"], ids=WAYS)
def test_going_forward_and_coming_back(run, way, monkeypatch):
    for number, error in enumerate(ERRORS):
        with monkeypatch.context() as patch:
            patch.setattr(type(run.model), "logits", failing(error))
            patch.setattr(torch.autograd, "grad", failing(error))
            if number:  # else the way back alone, where there is one
                patch.setattr(torch.nn.Conv2d, "forward", failing(error))
                patch.setattr(torch.nn.Linear, "forward", failing(error))
            elif way is WAYS["rollout"][1]:
                patch.setattr(CaughtAttention, "__enter__", failing(error))
            with pytest.raises(
                InputError, match=r"^Expected memory for .*, found too little; close other programs, or "
            ):
                way(run)


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match=r"^shape$"), enough_memory("a test"):
        raise RuntimeError("shape")
