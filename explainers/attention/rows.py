"""From the attention of a transformer's blocks to one value a place of the grid."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from numpy.typing import NDArray

from data_cache.errors import InputError
from explainers.memory import enough_memory
from explainers.types import Cancelled, FloatArray, IsCancelled
from models.capabilities import SELF_ATTENTION, SelfAttention
from models.self_attention import CaughtAttention, run_caught

if TYPE_CHECKING:
    from explainers.model_run import ModelRun
    from models.predictions import TokenLayout

MOST_BYTES = 1 << 30  # of all blocks' attention, which gradients need at once
Matrix = NDArray[np.float32]  # (tokens, tokens): row i says from where token i takes what


def fused(run: "ModelRun", fuse: Callable[[torch.Tensor], torch.Tensor]) -> list[Matrix]:
    """Each block's attention with its heads made one, in the order of the blocks; one pass of the network.

    Args:
        run: an image, and a model with self-attention.
        fuse: heads (heads, tokens, tokens) -> (tokens, tokens).

    Raises:
        InputError: the model has none, or the memory does not suffice.
    """
    model = cast(SelfAttention, run.require(SELF_ATTENTION))
    kept: list[Matrix] = []

    def keep(matrix: torch.Tensor) -> torch.Tensor:
        kept.append(fuse(matrix[0]).cpu().numpy())  # at once, so that one block's heads are in memory
        return matrix

    with _enough(run), torch.no_grad():
        run_caught(model.module, run.image, CaughtAttention(keep))
    run.passed()
    return kept


def relevances(run: "ModelRun", outputs: Sequence[int | None], cancelled: IsCancelled) -> Iterator[list[Matrix]]:
    """For each finding, each block's attention times the logit's gradient by it, positive parts, averaged over heads.

    Args:
        run: an image, and a model with self-attention; nothing is left in its network.
        outputs: for each finding the output that speaks of it, or None, for which there are no matrices.
        cancelled: asked before each finding's way back.

    Raises:
        InputError: the model has no self-attention, all blocks' attention takes more than 1 GiB, or the
            memory does not suffice.
        Cancelled: `cancelled` said yes.
    """
    model = cast(SelfAttention, run.require(SELF_ATTENTION))
    check_memory(model.tokens)
    kept: list[torch.Tensor] = []

    def keep(matrix: torch.Tensor) -> torch.Tensor:
        kept.append(matrix)
        return matrix

    with _enough(run), torch.enable_grad():
        logits = run_caught(model.module, run.image, CaughtAttention(keep))
    run.passed()
    left = sum(output is not None for output in outputs)
    for output in outputs:
        if cancelled():
            raise Cancelled
        if output is None:
            yield []
            continue
        left -= 1
        with _enough(run):
            gradients = torch.autograd.grad(logits[0, output], kept, retain_graph=left > 0)
            found = [_relevant(one, gradient) for one, gradient in zip(kept, gradients, strict=True)]
        yield found


def check_memory(tokens: "TokenLayout") -> None:
    """Refuse a network whose attention is too much to keep.

    Raises:
        InputError: it is.
    """
    if tokens.matrices_bytes > MOST_BYTES:
        raise InputError(
            f"Expected a network whose attention takes at most {MOST_BYTES >> 20:,} MiB, found "
            f"{tokens.matrices_bytes >> 20:,} MiB for {tokens.blocks} blocks of {tokens.count} tokens; take the "
            "rollout, or a smaller image."
        )


def read_back(matrices: Sequence[Matrix], tokens: "TokenLayout", kept: float) -> NDArray[np.float64]:
    """What the classified tokens take from each token, through all blocks.

    Args:
        matrices: one a block, in their order.
        tokens: which are classified; of several, the mean.
        kept: how much of itself a token keeps beside what a matrix says: row · (kept·I + matrix).

    Returns:
        (tokens,) float64: the mean of the rows of the classified tokens of the product over all blocks, the first
        block's on the right. It is made row by row, so no product of matrices is in memory.
    """
    row = np.zeros(tokens.count)
    row[list(tokens.read)] = 1 / len(tokens.read)
    for matrix in reversed(matrices):
        row = kept * row + row @ matrix
    return row


def on_grid(row: NDArray[np.float64], tokens: "TokenLayout") -> FloatArray:
    """The part of it that belongs to the image, (rows, columns) float32."""
    return row[tokens.before :].reshape(tokens.rows, tokens.columns).astype(np.float32)


def _enough(run: "ModelRun") -> AbstractContextManager[None]:
    return enough_memory(f"the attention of {run.key} on {run.model.input_size}×{run.model.input_size} pixels")


def _relevant(attention: torch.Tensor, gradient: torch.Tensor) -> Matrix:
    return np.asarray((attention.detach() * gradient)[0].clamp_min(0).mean(dim=0).cpu().numpy(), np.float32)
