"""Mean |A| of the blocks, against A worked out with PyTorch's own layers, and what the embedded cards say of it."""

import re
from functools import cache

import pytest
import torch
from torch import nn
from torch.nn import functional

from data_cache.demo import bundled_cases
from data_cache.images import preprocess
from models.checkpoints import load_checkpoint
from models.embedded import embedded_path
from models.mednext.blocks import Sem
from models.mednext.strengths import block_strengths
from tests.models.mednext.small import WIDTHS, small


def weights_by_hand(block: Sem, x: torch.Tensor) -> torch.Tensor:
    """A of a block as the paper's figure draws it, every part joined."""
    inner = block.into(x)
    first = inner.permute(0, 3, 1, 2)
    strips = []
    for strip in (block.strips5, block.strips7):
        for one in strip:
            assert isinstance(one, nn.Conv2d)
        strips.append(strip(first).permute(0, 2, 3, 1))
    whole = torch.cat((block.rows(inner.mT).mT, block.columns(inner.transpose(1, 3)).transpose(1, 3)), -1)
    return functional.linear(torch.cat((*strips, block.whole(whole)), -1), block.attention.weight)


@pytest.mark.parametrize("kind", WIDTHS)
def test_the_mean_strength_of_every_block(kind: str) -> None:
    network = small(kind, input_size=64).train()
    images = torch.rand(3, 1, 64, 64, generator=torch.Generator().manual_seed(7))
    seen: list[float] = []
    blocks = [part for part in network.modules() if isinstance(part, Sem)]
    hooks = [
        block.register_forward_hook(lambda block, x, _: seen.append(float(weights_by_hand(block, x[0]).abs().mean())))
        for block in blocks
    ]
    with torch.no_grad():
        network.eval()(images)
    for hook in hooks:
        hook.remove()
    found = block_strengths(network.train(), (images[:1], images[1:]))  # as one batch
    assert found == pytest.approx(seen, rel=1e-5)
    assert network.training
    assert all(not block._forward_pre_hooks for block in blocks)
    with pytest.raises(ValueError, match="at least one image"):
        block_strengths(network, ())


@cache
def phantoms() -> tuple[torch.Tensor, ...]:
    """In batches of eight."""
    images = [torch.from_numpy(preprocess(case.read(), 256)[0])[None] for case in bundled_cases()]
    return torch.stack(images).split(8)


@pytest.mark.thorough  # of files that change when networks are trained anew
@pytest.mark.parametrize("kind", WIDTHS)
def test_the_embedded_cards_say_the_strengths(kind: str) -> None:
    path = embedded_path(kind)
    if not path.is_file():
        pytest.skip("this copy has no embedded weights")
    said = re.search(
        r"mean \|A\| of its blocks: ([\d., ]+) \(the 24 bundled phantoms\)", path.with_suffix(".md").read_text()
    )
    assert said
    network = load_checkpoint(path, kind).build()
    assert [float(one) for one in said[1].split(", ")] == pytest.approx(block_strengths(network, phantoms()), abs=6e-3)
