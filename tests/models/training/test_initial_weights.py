"""Pretrained weights of timm's backbones in networks of our own, from a stand-in for the Hub and from a file."""

from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save, save_file
from torch import nn

from data_cache.errors import InputError
from models.registry import find_model
from models.training.initial_weights import fit_backbone, start_from
from tests.models.hub_server import hub

ENTRY = find_model("timm:test_resnet")
GREY = ENTRY.architecture.model_validate(
    {"kind": ENTRY.key, "input_size": 64, "channels": 1, "findings": ["Edema", "Fracture"]}
)


@pytest.fixture(scope="module")
def published() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return timm.create_model("test_resnet").state_dict()


def assert_started(network: nn.Module, published: dict[str, torch.Tensor]) -> None:
    own = network.state_dict()
    for name, tensor in published.items():
        if name == "conv1.0.weight":
            torch.testing.assert_close(own[f"backbone.{name}"], tensor.sum(dim=1, keepdim=True))
        elif not name.startswith("fc."):
            torch.testing.assert_close(own[f"backbone.{name}"], tensor, rtol=0, atol=0)
    assert own["backbone.fc.weight"].shape[0] == 2


def test_they_come_from_the_hub_and_fit_a_grey_network(
    published: dict[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    where = timm.models.get_pretrained_cfg("test_resnet")
    asked: list[str] = []
    with hub({f"{where.hf_hub_id}/model.safetensors": save(published)}, asked) as address:
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        network = ENTRY.build(GREY)
        start_from("timm://test_resnet.r160_in1k", network, GREY)
    assert_started(network, published)
    assert any(where.hf_hub_id in line for line in asked)


def test_a_file_downloaded_elsewhere_does_as_well(published: dict[str, torch.Tensor], tmp_path: Path) -> None:
    path = tmp_path / "downloaded.safetensors"
    save_file(published, path)
    network = ENTRY.build(GREY)
    start_from(str(path), network, GREY)
    assert_started(network, published)


def test_flattened_names_of_feature_extractors_are_the_same_names() -> None:
    """timm writes `stages_0` for `stages.0` there; every tensor of the stages is found."""
    network = nn.ModuleDict({"body": timm.create_model("test_convnext", in_chans=1, features_only=True)})
    whole = timm.create_model("test_convnext").state_dict()
    found = fit_backbone(whole, network)
    assert found.keys() == network.state_dict().keys()
    torch.testing.assert_close(found["body.stages_1.downsample.1.weight"], whole["stages.1.downsample.1.weight"])


@pytest.mark.parametrize("name", ["efficientvit_m6", "test_resnet.unheard_of", "../x", ""])
def test_weights_that_timm_does_not_publish_are_one_sentence(name: str) -> None:
    with pytest.raises(InputError, match=r"^Expected the name of weights that timm publishes .*gives them\.$") as error:
        start_from(f"timm://{name}", ENTRY.build(GREY), GREY)
    assert "\n" not in str(error.value)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file(timm.create_model("test_vit").state_dict(), path)
    with pytest.raises(InputError, match=r"Expected the .* tensors of a timm:test_resnet in 'other\.safetensors'"):
        start_from(str(path), ENTRY.build(GREY), GREY)
