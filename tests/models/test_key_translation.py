import json
from pathlib import Path

import pytest
from torch import nn

from data_cache.errors import InputError
from models.empty_networks import empty_network
from models.key_translation import is_torchvision, strip_wrappers, to_timm
from models.registry import MODELS
from tests.models.networks import shape

# Read off both libraries' sources: one layer of every kind, at the first and the last block that has it.
PAIRS = {
    "features.0.0.weight": "conv_stem.weight",
    "features.0.1.running_mean": "bn1.running_mean",
    "features.1.0.block.0.0.weight": "blocks.0.0.conv.weight",
    "features.1.1.block.0.1.bias": "blocks.0.1.bn1.bias",
    "features.2.0.block.0.0.weight": "blocks.1.0.conv_exp.weight",
    "features.3.3.block.0.1.weight": "blocks.2.3.bn1.weight",
    "features.2.3.block.1.0.weight": "blocks.1.3.conv_pwl.weight",
    "features.3.0.block.1.1.num_batches_tracked": "blocks.2.0.bn2.num_batches_tracked",
    "features.4.0.block.0.0.weight": "blocks.3.0.conv_pw.weight",
    "features.5.8.block.0.1.running_var": "blocks.4.8.bn1.running_var",
    "features.6.14.block.1.0.weight": "blocks.5.14.conv_dw.weight",
    "features.4.5.block.1.1.weight": "blocks.3.5.bn2.weight",
    "features.6.10.block.2.fc1.weight": "blocks.5.10.se.conv_reduce.weight",
    "features.5.0.block.2.fc2.bias": "blocks.4.0.se.conv_expand.bias",
    "features.6.0.block.3.0.weight": "blocks.5.0.conv_pwl.weight",
    "features.4.0.block.3.1.bias": "blocks.3.0.bn3.bias",
    "features.7.0.weight": "conv_head.weight",
    "features.7.1.running_var": "bn2.running_var",
    "classifier.1.weight": "classifier.weight",
    "classifier.1.bias": "classifier.bias",
}


@pytest.mark.parametrize(("torchvision_name", "timm_name"), PAIRS.items())
def test_names_by_hand(torchvision_name: str, timm_name: str) -> None:
    assert to_timm(torchvision_name) == timm_name


def test_all_782_tensors_have_exactly_one_partner_of_the_same_shape(official_network: nn.Module) -> None:
    backbone = empty_network(MODELS["cnn"], shape("cnn")).get_submodule("backbone")
    timm_shapes = {name: value.shape for name, value in backbone.state_dict().items()}
    translated = {to_timm(name): value.shape for name, value in official_network.state_dict().items()}
    assert len(translated) == 782
    assert translated == timm_shapes


def test_the_official_names_are_all_known(golden_root: Path) -> None:
    names = [name for name, _ in json.loads((golden_root / "official_tensor_names.json").read_text())]
    assert len({to_timm(strip_wrappers(f"_orig_mod.baseBackbone.{name}")) for name in names}) == 782


@pytest.mark.parametrize(
    "name",
    [
        "features.8.0.weight",  # a ninth stage
        "features.0.2.weight",
        "features.1.0.block.1.0.weight",  # stage 1 does not project
        "features.2.0.block.2.fc1.weight",  # stage 2 does not squeeze
        "features.4.0.block.4.0.weight",
        "features.4.x.block.0.0.weight",
        "xfeatures.0.0.weight",
        "classifier.0.weight",
        "weight",
        "",
    ],
)
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="Expected a tensor of torchvision's efficientnet_v2_s"):
        to_timm(name)


@pytest.mark.parametrize(
    "wrapper", ["", "_orig_mod.baseBackbone.", "module.", "backbone.", "module._orig_mod.backbone."]
)
def test_wrappers_are_taken_off(wrapper: str) -> None:
    assert strip_wrappers(f"{wrapper}features.0.0.weight") == "features.0.0.weight"


def test_torchvision_is_told_from_timm() -> None:
    assert is_torchvision(["classifier.1.weight", "features.0.0.weight"])
    assert not is_torchvision(["conv_stem.weight", "classifier.weight"])
