"""The wiring of both models, against torchvision, the official code's own steps, and pencil and paper."""

import pytest
import torch
from torch import nn

from data_cache.errors import InputError
from models.backbone import build_backbone
from models.cnn import BaselineCnn
from models.medicalpatchnet import MedicalPatchNet, split_patches
from models.state_dict_loading import fit
from tests.models.networks import narrow, network, shape


@pytest.fixture(scope="module")
def translated(official_network: nn.Module) -> dict[str, torch.Tensor]:
    return fit(official_network.state_dict(), shape("cnn"), "torchvision")  # both networks have these names


def test_patches_are_cut_row_by_row() -> None:
    rows, columns = torch.meshgrid(torch.arange(4), torch.arange(6), indexing="ij")
    image = (10 * rows + columns)[None, None]
    patches = split_patches(torch.cat([image, 100 + image]), 2)
    assert patches.shape == (12, 1, 2, 2)
    assert patches[:6, 0, 0, 0].tolist() == [0, 2, 4, 20, 22, 24]
    assert patches[1, 0].tolist() == [[2, 3], [12, 13]]
    assert patches[6:, 0, 1, 1].tolist() == [111, 113, 115, 131, 133, 135]


def test_a_patch_size_that_does_not_divide_the_image_is_refused() -> None:
    with pytest.raises(InputError, match="multiples of the patch size 64, found 128×100"):
        split_patches(torch.zeros(1, 1, 128, 100), 64)


def test_every_batch_norm_has_torchvisions_epsilon(official_network: nn.Module) -> None:
    def epsilons(module: nn.Module) -> set[float]:
        return {layer.eps for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)}

    assert epsilons(build_backbone(narrow("cnn"))) == epsilons(official_network) == {1e-3}


def test_the_cnn_equals_torchvision(official_network: nn.Module, translated: dict[str, torch.Tensor]) -> None:
    ours = BaselineCnn(shape("cnn")).eval()
    ours.load_state_dict(translated)
    images = torch.rand(1, 1, 96, 160)
    with torch.inference_mode():
        logits, features = ours(images)
        expected_logits, expected_features = official_network(images), official_network.features(images)
    assert expected_logits.abs().max() > 1  # an error would show
    torch.testing.assert_close(features, expected_features, rtol=0, atol=1e-5)
    torch.testing.assert_close(logits, expected_logits, rtol=0, atol=1e-5)


def test_the_patch_model_equals_the_official_steps_on_torchvision(
    official_network: nn.Module, translated: dict[str, torch.Tensor]
) -> None:
    ours = MedicalPatchNet(shape("medicalpatchnet")).eval()
    ours.load_state_dict(translated)
    images = torch.rand(2, 1, 64, 128)
    with torch.inference_mode():
        logits, patch_logits = ours(images)
        patches = images.unfold(2, 64, 64).unfold(3, 64, 64).permute(0, 2, 3, 1, 4, 5).reshape(-1, 1, 64, 64)
        expected = torch.stack(official_network(patches).split(2))
    torch.testing.assert_close(patch_logits, expected, rtol=0, atol=1e-5)
    torch.testing.assert_close(logits, expected.mean(dim=1), rtol=0, atol=1e-5)


def test_the_image_logit_is_the_mean_and_patches_know_nothing_of_each_other() -> None:
    ours = network(narrow("medicalpatchnet"))
    image = torch.rand(1, 1, 64, 96)
    changed = image.clone()
    changed[..., 32:64, 64:96] = 0.5  # the sixth patch
    with torch.inference_mode():
        logits, patch_logits = ours(image)
        _, after = ours(changed)
    assert patch_logits.shape == (1, 6, 14)
    torch.testing.assert_close(logits, patch_logits.double().mean(dim=1).float(), rtol=0, atol=1e-6)
    torch.testing.assert_close(after[:, :5], patch_logits[:, :5], rtol=0, atol=0)
    assert (after[:, 5] - patch_logits[:, 5]).abs().max() > 1e-3


def test_the_logits_of_the_cnn_are_linear_in_the_mean_of_its_features() -> None:
    ours = network(narrow("cnn"))
    with torch.inference_mode():
        logits, features = ours(torch.rand(2, 1, 96, 64))
    assert features.shape == (2, 320, 3, 2)
    classifier = ours.backbone.classifier
    by_hand = features.mean(dim=(2, 3)) @ classifier.weight.T + classifier.bias
    torch.testing.assert_close(logits, by_hand, rtol=0, atol=1e-5)
