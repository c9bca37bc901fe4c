"""The layers, against the formulas written out another way."""

from typing import cast

import pytest
import torch
from torch import nn
from torch.nn import functional

from data_cache.errors import InputError
from models.mednext.blocks import Laffn, MedBlock, Sem, checked

WIDTH, SIDE = 6, 5


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    """Features with channels last."""
    return torch.randn(2, SIDE, SIDE, WIDTH, generator=torch.Generator().manual_seed(1))


def test_laffn_shares_out_among_channels_and_among_places(x: torch.Tensor) -> None:
    layer = Laffn(WIDTH, "literal")
    tokens = x.reshape(2, SIDE * SIDE, WIDTH)
    w1, w2, w3 = (linear.weight.T for linear in (layer.over_channels, layer.over_places, layer.out))
    of_channels = torch.exp(tokens @ w1) / torch.exp(tokens @ w1).sum(2, keepdim=True)
    of_places = torch.exp(tokens @ w2) / torch.exp(tokens @ w2).sum(1, keepdim=True)
    expected = ((of_channels * of_places) @ w3).reshape(x.shape)
    torch.testing.assert_close(layer(x), expected, rtol=1e-5, atol=1e-7)
    neutral = Laffn(WIDTH, "nc")
    neutral.load_state_dict(layer.state_dict())
    torch.testing.assert_close(neutral(x), expected * WIDTH * SIDE * SIDE, rtol=1e-5, atol=1e-6)


def test_laffn_as_written_is_inert_and_with_its_gain_is_not() -> None:
    wide = torch.randn(1, 56, 56, 64, generator=torch.Generator().manual_seed(2))
    torch.manual_seed(3)
    literal, neutral = Laffn(64, "literal"), Laffn(64, "nc")
    ratio = {
        name: float((layer(wide).std() / wide.std()).detach())
        for name, layer in (("literal", literal), ("nc", neutral))
    }
    assert ratio["literal"] < 1e-4
    assert ratio["nc"] > 1e-2


def test_sem_sees_strips_and_whole_rows_and_columns(x: torch.Tensor) -> None:
    layer = Sem(WIDTH, SIDE)
    inner = x @ layer.into.weight.T
    first = inner.permute(0, 3, 1, 2)
    strips = []
    for strip, reach in ((layer.strips5, 2), (layer.strips7, 3)):
        across, along = (cast(nn.Conv2d, one).weight for one in strip)
        once = functional.conv2d(first, across, padding=(0, reach), groups=WIDTH)
        strips.append(functional.conv2d(once, along, padding=(reach, 0), groups=WIDTH).permute(0, 2, 3, 1))
    rows = torch.einsum("vw,nhwc->nhvc", layer.rows.weight, inner)
    columns = torch.einsum("gh,nhwc->ngwc", layer.columns.weight, inner)
    whole = torch.cat((rows, columns), -1) @ layer.whole.weight.T
    weights = torch.cat((*strips, whole), -1) @ layer.attention.weight.T
    torch.testing.assert_close(layer.weights(x), weights, rtol=1e-5, atol=1e-6)
    expected = (weights * (x @ layer.value.weight.T)) @ layer.out.weight.T
    torch.testing.assert_close(layer(x), expected, rtol=1e-5, atol=1e-6)


def test_a_block_has_as_many_parameters_as_its_formula() -> None:
    for width, side in ((6, 5), (64, 56)):
        with torch.device("meta"):
            block = MedBlock(width, side, "nc")
        count = sum(parameter.numel() for parameter in block.parameters())
        assert count == 13 * width**2 + 39 * width + 2 * side**2


def test_images_of_another_size_are_refused_in_one_sentence() -> None:
    with pytest.raises(InputError) as caught:
        checked(torch.rand(1, 1, 256, 256), 224, 3, "mednext_xue")
    assert str(caught.value) == (
        "Expected images of 224×224 pixels, since the row and column weights of this mednext_xue hold for that size "
        "alone, found 256×256; resize them, or train one for that size."
    )
    assert checked(torch.ones(2, 1, 8, 8), 8, 3, "mednext_xue").equal(torch.ones(2, 3, 8, 8))


def test_an_exported_block_takes_any_number_of_images(x: torch.Tensor) -> None:
    """What fixes the number at the two that are followed makes a graph that the page cannot run."""
    block = MedBlock(WIDTH, SIDE, "nc").eval()
    program = torch.export.export(block, (x,), dynamic_shapes=({0: torch.export.Dim("n")},), strict=False)
    three = torch.randn(3, SIDE, SIDE, WIDTH, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(program.module()(three), block(three), rtol=1e-5, atol=1e-6)
