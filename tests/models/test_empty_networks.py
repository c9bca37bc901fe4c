"""Networks without content have the shapes of full ones, and what has content in them is filled all the same."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from models.architecture import Architecture
from models.empty_networks import empty_network, expected_tensors
from models.registry import find_model
from tests.models.networks import KINDS, narrow, network


@pytest.mark.parametrize("kind", KINDS)
def test_names_shapes_and_types_are_those_of_the_network(kind: str) -> None:
    architecture = narrow(kind)
    found = expected_tensors(find_model(kind), architecture)
    assert all(one.is_meta for one in found.values())
    expected = network(architecture).state_dict()
    assert [(name, one.shape, one.dtype) for name, one in found.items()] == [
        (name, one.shape, one.dtype) for name, one in expected.items()
    ]


class Tabled(nn.Module):
    """A layer, and a table that is made on the CPU whatever the device."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 3)
        self.register_buffer("table", torch.zeros(4, device="cpu").fill_(2).mul_(3), persistent=False)
        nn.init.constant_(self.table, 7.0)


def test_what_has_content_is_filled() -> None:
    entry = replace(find_model("cnn"), build=lambda _: Tabled())
    found = empty_network(entry, narrow("cnn"))
    assert isinstance(found, Tabled)
    assert found.layer.weight.is_meta and found.table.tolist() == [7.0] * 4


def test_a_shape_is_worked_out_once_and_another_one_anew() -> None:
    built: list[Architecture] = []

    def build(architecture: Architecture) -> nn.Module:
        built.append(architecture)
        return nn.Linear(architecture.input_size, 2)

    entry = replace(find_model("cnn"), build=build)
    shapes = [expected_tensors(entry, narrow("cnn", size))["weight"].shape for size in (64, 128, 64)]
    assert shapes == [(2, 64), (2, 128), (2, 64)]
    assert [one.input_size for one in built] == [64, 128]
