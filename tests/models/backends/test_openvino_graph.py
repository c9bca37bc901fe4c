"""The graph, layer by layer, against PyTorch."""

from functools import cache
from typing import Any

import numpy as np
import openvino as ov
import pytest
import torch
from openvino import properties

from models.backends.openvino_backend import OpenvinoBackend
from models.backends.openvino_graph import graph
from tests.models.networks import narrow, network


@cache
def compiled_cnn() -> tuple[Any, ov.CompiledModel]:
    """A network, and its graph made ready: of no size in particular."""
    module = network(narrow("cnn"), seed=5)
    float32 = {properties.hint.inference_precision: ov.Type.f32}
    return module, ov.Core().compile_model(graph(module), "CPU", float32)


@pytest.mark.parametrize(
    "shape",
    [*(pytest.param(one, marks=pytest.mark.thorough) for one in ((1, 1, 32, 32), (3, 1, 64, 96))), (2, 1, 50, 37)],
)
def test_the_graph_equals_the_network_at_any_size(shape: tuple[int, ...]) -> None:
    module, compiled = compiled_cnn()
    images = torch.rand(shape)
    with torch.inference_mode():
        expected = module(images)
    for found, reference in zip(compiled(images.numpy()).to_tuple(), expected, strict=True):
        scale = float(reference.abs().max())
        np.testing.assert_allclose(found, reference.numpy(), rtol=0, atol=1e-5 * scale)


def test_the_patch_models_backbone_gives_logits_alone() -> None:
    backbone = network(narrow("medicalpatchnet")).get_submodule("backbone")
    assert len(graph(backbone).outputs) == 1
    assert graph(backbone).outputs[0].partial_shape[1].get_length() == 14


def test_float32_is_kept_where_the_processor_would_rather_take_bfloat16() -> None:
    backend = OpenvinoBackend(network(narrow("cnn")))
    compiled = backend._request.get_compiled_model()
    assert compiled.get_property(properties.hint.inference_precision) == ov.Type.f32
