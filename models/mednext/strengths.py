"""How strong the spatial weights A of the blocks are, block by block."""

from collections.abc import Iterable
from functools import partial

import torch
from torch import nn

from models.mednext.blocks import Sem


@torch.inference_mode()
def block_strengths(network: nn.Module, batches: Iterable[torch.Tensor]) -> tuple[float, ...]:
    """The mean |A| of each block's SEM, in the order of the blocks; A has either sign and no bound (see `Sem.weights`).

    A block whose mean is near 0 adds little of what its SEM sees; the number has no unit and does not compare between
    networks, since the layers around it may scale what it multiplies.

    Args:
        network: MedNeXt or MedUNeXt, run in evaluation mode and left in its own.
        batches: images (n, 1, s, s) in [0, 1], s being its input size.

    Returns:
        A number a block, ≥ 0, the mean over images, places and channels.

    Raises:
        InputError: images of another size.
        ValueError: no images.
    """
    blocks = [part for part in network.modules() if isinstance(part, Sem)]
    sums, images, training = torch.zeros(len(blocks), dtype=torch.float64), 0, network.training

    def add(place: int, block: Sem, inputs: tuple[torch.Tensor]) -> None:
        sums[place] += block.weights(inputs[0]).abs().mean(dtype=torch.float64) * len(inputs[0])

    hooks = [block.register_forward_pre_hook(partial(add, place)) for place, block in enumerate(blocks)]
    network.eval()
    try:
        for batch in batches:
            network(batch)
            images += len(batch)
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    if not images:
        raise ValueError("Expected at least one image, found none.")
    return tuple((sums / images).tolist())
