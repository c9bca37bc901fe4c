"""Against torchxrayvision itself, with random weights."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.capabilities import capabilities_of
from models.converting import convert
from models.families.xrv import INPUT_SIZE, TARGETS, XRV_WEIGHTS, findings_of
from models.predictor import load_predictor
from models.registry import MODELS
from models.xrv_network import XrvNetwork, backbone_of, translate_state_dict
from tests.models.networks import RandomStartLeftOut
from tests.models.xrv_networks import densenet, released_densenet, resnet, xrv

GREY = np.random.default_rng(5).integers(0, 256, (2, 512, 512), dtype=np.uint8)


def images(size: int, count: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """The same pictures as this program and as the library take them: (count, 1, size, size)."""
    grey = GREY[:count, :size, :size]
    theirs = np.stack([xrv().datasets.normalize(picture, 255) for picture in grey])[:, None]
    return torch.from_numpy(grey.astype(np.float32) / 255)[:, None], torch.from_numpy(theirs)


def ours(theirs: nn.Module) -> XrvNetwork:
    state = theirs.state_dict()
    backbone = backbone_of(state)
    assert backbone is not None
    with RandomStartLeftOut():
        network = XrvNetwork(backbone)
    network.load_state_dict(translate_state_dict(state))
    return network.eval()


def seen_of(theirs: nn.Module, scaled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the library's DenseNet gives of images, and the features on the way there, rectified."""
    caught: list[torch.Tensor] = []
    hook = theirs.features.register_forward_hook(lambda _layer, _given, outcome: caught.append(outcome.clone()))
    logits = theirs(scaled)
    hook.remove()
    return logits, caught[0].relu()


def assert_close(drawn: torch.Tensor, expected: torch.Tensor) -> None:
    assert drawn.shape == expected.shape
    assert (drawn - expected).abs().max() <= 1e-5 * expected.abs().max()


@torch.no_grad()
def test_the_densenet_gives_the_librarys_logits_and_features():
    theirs = densenet()
    network = ours(theirs)
    grey, scaled = images(224)
    logits, features = network(grey)
    assert features.shape == (1, 1024, 7, 7)
    expected, given = seen_of(theirs, scaled)
    assert_close(features, given)
    assert_close(logits, expected)
    assert features.min() >= 0
    assert_close(network.linear()(features.mean((2, 3))), logits)
    assert torch.equal(network.linear().weight, theirs.classifier.weight)


@torch.no_grad()
def test_the_resnet_gives_the_librarys_logits_and_features():
    theirs = resnet()
    network = ours(theirs)
    grey, scaled = images(128)
    logits, features = network(grey)
    assert features.shape == (1, 2048, 4, 4)
    pooled = []
    seen = theirs.model.avgpool.register_forward_hook(lambda _layer, _given, outcome: pooled.append(outcome.flatten(1)))
    assert_close(logits, theirs.model(scaled))  # as a whole it enlarges the image to 512 pixels first
    seen.remove()
    assert features.min() >= 0
    assert_close(features.mean((2, 3)), *pooled)
    assert_close(network.linear()(*pooled), logits)
    assert torch.equal(network.linear().weight, theirs.model.fc.weight)


@pytest.mark.thorough
@torch.no_grad()
def test_logits_are_linear_in_the_mean_of_features_that_are_not_negative():
    for network in (ours(densenet()), ours(resnet())):
        grey, _ = images(64, 2)
        features = network.forward_features(grey)
        assert features.min() >= 0
        assert_close(network.linear()(features.mean((2, 3))), network(grey)[0])
        assert_close(network.forward_head(features), network(grey)[0])


@pytest.mark.thorough  # what the library says of its own numbers
@torch.no_grad()
def test_these_logits_are_what_the_librarys_calibrated_outputs_are_made_of():
    theirs = released_densenet("densenet121-res224-chex")
    assert "op_threshs" in theirs.state_dict()
    weights = XRV_WEIGHTS["xrv-densenet121-res224-chex"]
    grey, scaled = images(224)
    probabilities = torch.sigmoid(ours(theirs)(grey)[0][0]).double()
    for index, (name, calibrated) in enumerate(zip(weights.targets, theirs(scaled)[0].double(), strict=True)):
        point = theirs.op_threshs[index].double()
        if not name:
            assert calibrated == 0.5
            continue
        p = probabilities[index]
        expected = p / (2 * point) if p < point else 1 - (1 - p) / (2 * (1 - point))
        assert abs(calibrated - expected) < 1e-4


def test_the_resnets_release_is_the_network_alone():
    theirs = resnet()
    whole, alone = (translate_state_dict(network.state_dict()) for network in (theirs, theirs.model))
    assert list(whole) == list(alone)
    assert all(torch.equal(whole[name], alone[name]) for name in whole)
    assert translate_state_dict(whole) == whole  # our own names stay


def test_operating_points_are_left_out():
    state = densenet().state_dict()
    assert set(translate_state_dict({**state, "op_threshs": torch.ones(18)})) == set(translate_state_dict(state))


@pytest.mark.parametrize("state", [{}, {"conv1.weight": torch.zeros(1)}, {"a": torch.zeros(1), "b": torch.zeros(1)}])
def test_other_names_are_refused(state):
    assert backbone_of(state) is None
    with pytest.raises(InputError, match="Expected the tensors of torchxrayvision's DenseNet-121 or ResNet-50, found"):
        translate_state_dict(state)


def test_the_table_says_what_the_library_says():
    released = {
        name: entry for name, entry in xrv().models.model_urls.items() if name.startswith(("densenet", "resnet"))
    }
    assert set(XRV_WEIGHTS) == {f"xrv-{name}" for name in released}
    for name, entry in released.items():
        weights = XRV_WEIGHTS[f"xrv-{name}"]
        trained = [not math.isnan(point) for point in entry["op_threshs"]]
        assert weights.targets == tuple(
            label if used else "" for label, used in zip(entry["labels"], trained, strict=True)
        )
        assert weights.url == entry["weights_url"]
        assert weights.input_size == entry["input_resolution"] == INPUT_SIZE[weights.backbone]
        assert name.startswith(weights.backbone)
    assert list(TARGETS) == xrv().models.DenseNet.targets == xrv().datasets.default_pathologies


def test_labels_tell_the_weights_apart():
    for field in ("label", "short", "file"):
        assert len({getattr(weights, field) for weights in XRV_WEIGHTS.values()}) == len(XRV_WEIGHTS)


def test_which_output_is_which_finding():
    """Written down by hand from CheXpert's list and the library's."""
    chexpert = {
        "Enlarged Cardiomediastinum": 17,
        "Cardiomegaly": 10,
        "Lung Opacity": 16,
        "Lung Lesion": 14,
        "Edema": 4,
        "Consolidation": 1,
        "Pneumonia": 8,
        "Atelectasis": 0,
        "Pneumothorax": 3,
        "Pleural Effusion": 7,
        "Fracture": 15,
    }
    without = {
        "densenet121-res224-nih": {"Enlarged Cardiomediastinum", "Lung Opacity", "Lung Lesion", "Fracture"},
        "densenet121-res224-pc": {"Enlarged Cardiomediastinum", "Lung Opacity", "Lung Lesion"},
        "densenet121-res224-rsna": set(chexpert) - {"Lung Opacity", "Pneumonia"},
        "resnet50-res512-all": {"Enlarged Cardiomediastinum", "Lung Lesion"},
    }
    for key, weights in XRV_WEIGHTS.items():
        absent = without.get(key.removeprefix("xrv-"), set())
        expected = {finding: index for finding, index in chexpert.items() if finding not in absent}
        assert weights.findings == expected, key
        assert list(weights.findings) == [finding for finding in FINDINGS if finding in expected]


def test_outputs_that_are_no_finding_are_named():
    others = ("Infiltration", "Emphysema", "Fibrosis", "Pleural_Thickening", "Nodule", "Mass", "Hernia")
    for name in ("densenet121-res224-all", "densenet121-res224-nih", "densenet121-res224-pc", "resnet50-res512-all"):
        assert XRV_WEIGHTS[f"xrv-{name}"].unmapped == others
    for name in ("chex", "mimic_ch", "mimic_nb", "rsna"):
        assert XRV_WEIGHTS[f"xrv-densenet121-res224-{name}"].unmapped == ()


def test_names_of_a_converted_file_are_mapped_too():
    assert findings_of(("", "Effusion", "Hernia", "Edema")) == {"Edema": 3, "Pleural Effusion": 1}


@torch.no_grad()
def test_a_released_file_from_its_pickle_to_logits_and_maps(tmp_path):
    theirs = copy.deepcopy(densenet())
    theirs.targets = list(XRV_WEIGHTS["xrv-densenet121-res224-nih"].targets)
    torch.save(theirs, tmp_path / "nih.pt")
    with pytest.raises(InputError, match=r"`python -m models convert nih\.pt`"):
        load_predictor(tmp_path / "nih.pt", "xrv-densenet121-res224-nih")
    converted = convert(tmp_path / "nih.pt").path
    model = load_predictor(converted, "xrv-densenet121-res224-nih", "torch-cpu")
    assert set(capabilities_of(model)) == set(MODELS["xrv-densenet121-res224-nih"].capabilities)
    grey, scaled = images(224)
    said = model.predict(grey[0, 0].numpy())
    weight = theirs.classifier.weight.numpy()
    expected, features = (one[0].numpy() for one in seen_of(theirs, scaled))
    for place, finding in enumerate(FINDINGS):
        index = XRV_WEIGHTS["xrv-densenet121-res224-nih"].findings.get(finding)
        if index is None:
            assert math.isnan(said.logits[place])
            continue
        assert abs(said.logits[place] - expected[index]) <= 1e-5 * np.abs(expected).max()
        map_of_weights = np.einsum("c,chw->hw", weight[index], features) / features[0].size
        found = np.einsum("c,chw->hw", model.classifier_weight[place], said.features) / said.features[0].size
        np.testing.assert_allclose(found, map_of_weights, atol=1e-5 * np.abs(map_of_weights).max())
    with pytest.raises(InputError, match="they fit xrv-densenet121-res224-nih"):
        load_predictor(converted, "xrv-densenet121-res224-pc")
    with pytest.raises(InputError, match="resnet50-res512-all"):
        load_predictor(converted, "xrv-resnet50-res512-all")


@pytest.mark.parametrize("key", XRV_WEIGHTS)
def test_the_registry_knows_every_released_file(key):
    entry, weights = MODELS[key], XRV_WEIGHTS[key]
    assert entry.assumed is not None
    assert {finding: index for index, finding in enumerate(entry.assumed.findings) if finding} == weights.findings
    assert entry.provenance.licence == "Apache-2.0" and weights.file in entry.words
