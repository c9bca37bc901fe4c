import re

import pytest
import torch

from data_cache.errors import InputError
from models.state_dict_loading import fit
from tests.models.networks import narrow, network

ARCHITECTURE = narrow("cnn")
Tensors = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def backbone() -> Tensors:
    return dict(network(ARCHITECTURE).get_submodule("backbone").state_dict())


@pytest.fixture
def tensors(backbone: Tensors) -> Tensors:
    return {name: value.clone() for name, value in backbone.items()}


def refused(tensors: Tensors, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        fit(tensors, ARCHITECTURE, "weights.pt")
    message = str(caught.value)
    assert message.startswith("Expected")
    assert "'weights.pt'" in message
    assert message.count(". ") == 0  # one sentence
    assert len(message) < 400


@pytest.mark.parametrize("wrapper", ["", "module.", "_orig_mod.", "backbone.", "module.backbone."])
def test_our_own_names_fit_under_any_wrapper(tensors: Tensors, wrapper: str) -> None:
    fitted = fit({wrapper + name: value for name, value in tensors.items()}, ARCHITECTURE, "weights.pt")
    assert list(fitted) == [f"backbone.{name}" for name in tensors]
    assert all(torch.equal(fitted[f"backbone.{name}"], tensors[name]) for name in tensors)


def test_half_precision_becomes_float32_and_counters_stay_integers(tensors: Tensors) -> None:
    halved = {name: value.half() if value.is_floating_point() else value for name, value in tensors.items()}
    fitted = fit(halved, ARCHITECTURE, "weights.pt")
    assert fitted["backbone.conv_stem.weight"].dtype == torch.float32
    assert fitted["backbone.bn1.num_batches_tracked"].dtype == torch.int64
    torch.testing.assert_close(fitted["backbone.conv_stem.weight"], halved["conv_stem.weight"].float(), rtol=0, atol=0)


def test_missing_tensors_are_named(tensors: Tensors) -> None:
    del tensors["conv_stem.weight"]
    refused(tensors, "found 1 missing (conv_stem.weight)")


def test_only_a_few_are_named(tensors: Tensors) -> None:
    for name in [name for name in tensors if name.startswith("blocks.0")]:
        del tensors[name]
    refused(tensors, "found 6 missing (blocks.0.0.conv.weight, blocks.0.0.bn1.weight, blocks.0.0.bn1.bias and 3 more)")


def test_extra_tensors_are_named(tensors: Tensors) -> None:
    refused(tensors | {"head.weight": torch.zeros(1)}, "found 1 extra (head.weight)")


def test_both_are_named(tensors: Tensors) -> None:
    tensors["conv_stem.wait"] = tensors.pop("conv_stem.weight")
    refused(tensors, "found 1 missing (conv_stem.weight) and 1 extra (conv_stem.wait)")


def test_no_tensors_at_all() -> None:
    refused({}, "found 242 missing")


def test_misshapen_tensors_are_named_with_both_shapes(tensors: Tensors) -> None:
    tensors["conv_stem.weight"] = torch.zeros(8, 3, 3, 3)
    refused(tensors, "found 1 that do not: conv_stem.weight of shape (8, 3, 3, 3) instead of (8, 1, 3, 3)")


def test_transposed_tensors_of_the_same_size_are_refused(tensors: Tensors) -> None:
    tensors["classifier.weight"] = tensors["classifier.weight"].T
    refused(tensors, "classifier.weight of shape (320, 14) instead of (14, 320)")


def test_integers_are_no_weights(tensors: Tensors) -> None:
    tensors["conv_stem.weight"] = tensors["conv_stem.weight"].to(torch.int8)
    refused(tensors, "conv_stem.weight as torch.int8")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_must_be_finite(tensors: Tensors, value: float) -> None:
    tensors["classifier.bias"] = torch.full((14,), value)
    refused(tensors, "found NaN or infinity in backbone.classifier.bias")


def test_a_tensor_under_two_wrappers_is_refused(tensors: Tensors) -> None:
    refused(tensors | {"module.conv_stem.weight": tensors["conv_stem.weight"]}, "found some under two wrappers'")
    refused(tensors | {"features.0.0.weight": tensors["conv_stem.weight"]}, "libraries' names")


def test_foreign_torchvision_names_are_named(tensors: Tensors) -> None:
    refused({"features.0.0.weight": tensors["conv_stem.weight"], "features.9.0.weight": torch.zeros(1)}, "features.9.0")


def test_weights_of_another_width_do_not_fit() -> None:
    wider = network(narrow("cnn").model_copy(update={"channel_multiplier": 0.5}))
    refused(dict(wider.get_submodule("backbone").state_dict()), "that do not: conv_stem.weight of shape (16, 1, 3, 3)")


def test_quantised_and_complex_tensors_are_refused(tensors: Tensors) -> None:
    tensors["classifier.bias"] = torch.zeros(14, dtype=torch.complex64)
    refused(tensors, "classifier.bias as torch.complex64")
