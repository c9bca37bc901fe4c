"""The parts of the network: generators, fusion, pooling and the gates it is compared with."""

import pytest
import torch
from timm.layers import SEModule
from timm.layers.cbam import CbamModule
from torch.nn import functional

from models.attention_network.baselines import Cbam, SqueezeExcite
from models.attention_network.generators import FusedAttention, Generator, enlarged
from models.attention_network.pooling import attended, attended_evidence, relative_weights


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_attention_everywhere_is_average_pooling_bit_by_bit() -> None:
    features = noise(2, 5, 4, 4)
    for side in (4, 8):  # at the features' own size, and finer
        assert torch.equal(attended(features, torch.ones(2, 1, side, side)), features)


def test_pooling_is_the_weighted_mean() -> None:
    features, attention = noise(2, 5, 4, 6), noise(2, 1, 4, 6, seed=1).sigmoid()
    expected = (features * attention).sum(dim=(2, 3)) / attention.sum(dim=(2, 3))
    torch.testing.assert_close(attended(features, attention).mean(dim=(2, 3)), expected, rtol=0, atol=1e-6)


def test_a_finer_map_weighs_the_features_repeated_for_it() -> None:
    features, attention = noise(1, 3, 2, 2), noise(1, 1, 8, 8, seed=1).sigmoid()
    repeated = features.repeat_interleave(4, 2).repeat_interleave(4, 3)
    expected = (repeated * attention).sum(dim=(2, 3)) / attention.sum(dim=(2, 3))
    torch.testing.assert_close(attended(features, attention).mean(dim=(2, 3)), expected, rtol=0, atol=1e-6)


def test_any_scale_of_the_map_pools_alike_and_none_gives_no_nan() -> None:
    features, attention = noise(1, 3, 4, 4), noise(1, 1, 4, 4, seed=1).sigmoid()
    torch.testing.assert_close(attended(features, attention * 1e-30), attended(features, attention))
    assert torch.equal(attended(features, torch.zeros(1, 1, 4, 4)), torch.zeros_like(features))
    assert torch.equal(relative_weights(torch.full((1, 1, 8, 8), 0.25), (4, 4)), torch.ones(1, 1, 4, 4))


@pytest.mark.parametrize("maps", [1, 3])
def test_attended_evidence_averages_to_the_logits(maps: int) -> None:
    features, attention = noise(2, 5, 4, 4), noise(2, maps, 8, 8, seed=1).sigmoid()
    weight, bias = noise(3, 5, seed=2), noise(3, seed=3)
    coarse = functional.avg_pool2d(attention, 2).expand(-1, 3, -1, -1)
    pooled = torch.einsum("nkhw,nchw->nkc", coarse, features) / coarse.sum(dim=(2, 3))[:, :, None]
    expected = (pooled * weight).sum(dim=2) + bias
    found = attended_evidence(features, attention, weight, bias).mean(dim=(2, 3))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_a_generator_is_one_convolution_or_two() -> None:
    for bottleneck, convolutions in ((None, 1), (2, 2)):
        generator = Generator(4, 14, bottleneck)
        assert sum(isinstance(layer, torch.nn.Conv2d) for layer in generator) == convolutions
        maps = generator(100 * noise(2, 4, 3, 3))
        assert maps.shape == (2, 14, 3, 3)
        assert 0 <= maps.min() <= maps.max() <= 1


def test_scales_add_up_and_constant_maps_stay_constant() -> None:
    fused = FusedAttention((3, 4, 5), maps=1)
    with torch.no_grad():
        fused.scales.copy_(torch.tensor([0.0, 1.0, -1.0]))
        for generator, value in zip(fused.generators, (-1.0, 0.0, 2.0), strict=True):
            generator[-2].weight.zero_()
            generator[-2].bias.fill_(value)
    assert float(fused.weights.detach().sum()) == pytest.approx(1, abs=1e-6)
    found = fused([noise(1, 3, 8, 8), noise(1, 4, 4, 4), noise(1, 5, 2, 2)])
    alphas = torch.tensor([0.0, 1.0, -1.0]).exp() / torch.tensor([0.0, 1.0, -1.0]).exp().sum()
    expected = float((alphas * torch.tensor([-1.0, 0.0, 2.0]).sigmoid()).sum())
    torch.testing.assert_close(found, torch.full((1, 1, 8, 8), expected))


@pytest.mark.parametrize("scale", [0, 1, 2])
def test_a_hot_cell_of_any_scale_stays_in_its_place(scale: int) -> None:
    fused = FusedAttention((1, 1, 1), maps=1)
    with torch.no_grad():
        for generator in fused.generators:
            generator[-2].weight.fill_(8)
            generator[-2].bias.fill_(-4)
    stages = [torch.zeros(1, 1, side, side) for side in (16, 8, 4)]
    cells = 4 * 2 ** (2 - scale)
    stages[scale][0, 0, cells // 4, cells // 2] = 1
    found = fused(stages)[0, 0].detach()
    row, column = divmod(int(found.argmax()), 16)
    assert (row * cells // 16, column * cells // 16) == (cells // 4, cells // 2)


def test_maps_are_enlarged_about_the_centres_of_their_cells() -> None:
    found = enlarged(torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]]), (4, 4))
    torch.testing.assert_close(found, torch.tensor([0.0, 0.25, 0.75, 1.0]).expand(1, 1, 4, 4))


def test_squeeze_and_excitation_is_timms() -> None:
    ours, theirs = SqueezeExcite(32), SEModule(32, rd_channels=2)
    theirs.fc1.load_state_dict(ours.gate[0].state_dict())
    theirs.fc2.load_state_dict(ours.gate[2].state_dict())
    features = noise(2, 32, 5, 5)
    torch.testing.assert_close(ours(features), theirs(features))


def test_cbam_is_timms() -> None:
    ours, theirs = Cbam(32), CbamModule(32, rd_channels=2, mlp_bias=True).eval()
    theirs.channel.fc1.load_state_dict(ours.gate[0].state_dict())
    theirs.channel.fc2.load_state_dict(ours.gate[2].state_dict())
    theirs.spatial.conv.conv.load_state_dict(ours.place.state_dict())
    theirs.spatial.conv.bn.running_var.fill_(1 - theirs.spatial.conv.bn.eps)  # a norm that does nothing
    features = noise(2, 32, 5, 5)
    gated, place = ours(features)
    torch.testing.assert_close(gated, theirs(features))
    assert place.shape == (2, 1, 5, 5)
