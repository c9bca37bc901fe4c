"""Both networks: the published counts, what they return, that all of them learns."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.backends.probes import probe_image
from models.checkpoints import load_checkpoint, save_checkpoint
from models.empty_networks import empty_network
from models.heads import pooled_head
from models.mednext.blocks import Convolution, Pooling
from models.mednext.unet import pooled
from models.registry import find_model
from models.training_outputs import TrainingOutputs
from tests.models.mednext.small import WIDTHS, small, small_shape
from tests.models.networks import shape

BOTH = pytest.mark.parametrize("kind", WIDTHS)
# The one that classifies pixels alone, where what both are made of decides.
PIXELS = pytest.mark.parametrize("kind", [pytest.param("mednext_xue", marks=pytest.mark.thorough), "medunext_xue"])


@pytest.mark.parametrize(
    ("kind", "outputs", "parameters", "giga"),
    [
        ("mednext_xue", ("Pneumonia", ""), 10_719_526, 1.888),
        ("mednext_xue", FINDINGS, 10_725_682, None),
        ("medunext_xue", FINDINGS[:9], 39_883_199, 9.744),
    ],
    ids=["MedNeXt-2", "MedNeXt-14", "MedUNeXt-9"],
)
def test_the_published_size(kind: str, outputs: tuple[str, ...], parameters: int, giga: float | None) -> None:
    """Parameters, and thousands of millions of multiplications at 224² as PyTorch counts them."""
    network = empty_network(find_model(kind), shape(kind, findings=outputs)).eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    if giga is None:
        return
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        logits, maps = network(torch.empty(1, 1, 224, 224))
    assert counter.get_total_flops() / 2e9 == pytest.approx(giga, abs=1e-3)
    assert logits.shape == (1, len(outputs))
    assert maps.shape == ((1, 512, 7, 7) if kind == "mednext_xue" else (1, len(outputs), 224, 224))


def test_the_published_sizes_are_within_the_papers() -> None:
    assert abs(10_719_526 / 1e6 - 10.72) <= 0.005  # millions, with two classes
    assert abs(39_883_199 / 39.85e6 - 1) <= 0.005


@BOTH
def test_every_parameter_learns(kind: str) -> None:
    network = small(kind, input_size=64).train()  # at 32, one place is left at the bottom, with nothing to share out
    outputs = network(torch.rand(4, 1, 64, 64, generator=torch.Generator().manual_seed(4)))
    loss = outputs[0].square().sum()
    if isinstance(outputs, TrainingOutputs) and outputs.pixel_logits is not None:
        loss = loss + outputs.pixel_logits.square().mean()
    loss.backward()
    still = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert still == []


@PIXELS
def test_how_training_computes_changes_no_number(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logits and gradients are those of PyTorch's own layers, up to rounding: in float64 to 1e-9."""
    images = torch.rand(4, 1, 64, 64, generator=torch.Generator().manual_seed(6))
    found = []
    for exact in (False, True):
        for plain in (False, True):
            network = small(kind, input_size=64).train()
            if plain:
                monkeypatch.setattr(Convolution, "forward", nn.Conv2d.forward)
                monkeypatch.setattr(Pooling, "forward", nn.MaxPool2d.forward)
            outputs = network.double()(images.double()) if exact else network(images)
            sum(part.square().mean() for part in outputs if part is not None).backward()
            found.append((outputs[0], [parameter.grad for parameter in network.parameters()]))
            monkeypatch.undo()
    torch.testing.assert_close(found[0][0], found[1][0], rtol=0, atol=1e-5)
    torch.testing.assert_close(found[2], found[3], rtol=1e-9, atol=1e-12)


def test_the_map_of_evidence_has_the_logit_as_its_mean() -> None:
    network = small("mednext_xue", input_size=64)
    logits, features = network(torch.from_numpy(probe_image(64))[None, None])
    maps = torch.einsum("kc,nchw->nkhw", network.linear().weight, features)
    torch.testing.assert_close(maps.mean(dim=(2, 3)) + network.linear().bias, logits, rtol=0, atol=1e-5)
    head = pooled_head(network, features.detach().numpy())
    assert head is not None
    assert head.weight.shape == (14, 12)


def test_a_segmentation_says_the_mean_of_its_highest_pixels() -> None:
    network = small("medunext_xue")
    logits, pixels = network(torch.rand(2, 1, 32, 32))
    assert pixels.shape == (2, 14, 32, 32)
    highest = np.sort(pixels.detach().numpy().reshape(2, 14, -1), axis=-1)[:, :, -4:].mean(axis=-1)
    np.testing.assert_allclose(logits.detach().numpy(), highest, rtol=1e-5, atol=1e-6)
    assert small("medunext_xue", pixel=2)(torch.rand(1, 1, 32, 32))[1].shape == (1, 14, 16, 16)
    assert pooled(torch.arange(9.0).reshape(1, 1, 3, 3)).item() == 8  # of few pixels one is taken
    given = network.train()(torch.rand(2, 1, 32, 32))
    assert isinstance(given, TrainingOutputs)
    assert given.pixel_logits is not None
    assert given.distilled is given.attention is None


@PIXELS
def test_another_input_size_is_refused(kind: str, tmp_path: Any) -> None:
    with pytest.raises(InputError, match=r"Expected images of 32×32 pixels, .* found 64×64; resize them"):
        small(kind)(torch.rand(1, 1, 64, 64))
    with pytest.raises(ValueError, match=r"multiple of 32, which \w+ halves five times, found 100"):
        small_shape(kind, input_size=100)
    path = tmp_path / "weights.safetensors"
    save_checkpoint(path, small(kind), small_shape(kind, input_size=64))
    with pytest.raises(InputError, match=r"instead of \(16, 16\)|instead of \(4, 4\)"):
        load_checkpoint(path, kind)


@PIXELS
def test_a_checkpoint_says_the_same_again(kind: str, tmp_path: Any) -> None:
    network, architecture = small(kind, laffn_gain="literal"), small_shape(kind, laffn_gain="literal")
    path = tmp_path / "weights.safetensors"
    save_checkpoint(path, network, architecture)
    loaded = load_checkpoint(path, kind)
    assert loaded.architecture == architecture
    assert json.loads(architecture.model_dump_json())["laffn_gain"] == "literal"
    assert "LAFFN as written" in loaded.architecture.words
    images = torch.rand(2, 1, 32, 32)
    for one, other in zip(network(images), loaded.build()(images), strict=True):
        assert one.equal(other)


@PIXELS
def test_bfloat16_stays_near(kind: str) -> None:
    network, images = small(kind), torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(5))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        rough = network(images)[0].float()
    exact = network(images)[0].detach()
    assert float((rough - exact).abs().max()) < 0.1 * float(exact.abs().max())
