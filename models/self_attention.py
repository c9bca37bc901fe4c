"""The attention of a transformer's blocks, caught while it runs, and whether a network lets it be caught: measured.

PyTorch computes attention in one fused step that never shows its matrices. Here that step alone is replaced, for the
calling thread and for one pass, by the same sum written out; the network, which other threads use, is not touched.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.overrides import TorchFunctionMode

from models.predictions import TokenLayout

_FUSED = torch.nn.functional.scaled_dot_product_attention
_TOLERANCE = 1e-4  # relative, of logits in float32


class NotWrittenOut(RuntimeError):  # noqa: N818  says what is missing
    """A network asks for a form of attention that is not written out here."""


class CaughtAttention(TorchFunctionMode):
    """Within this context and thread, attention is softmax(q·kᵀ·scale + mask)·v in steps, and `keep` gets each matrix.

    Args:
        keep: called with every attention matrix (n, heads, queries, keys), rows of which add up to 1, in the order in
            which the network computes them; what it returns is used in its place.
    """

    def __init__(self, keep: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self._keep = keep
        self.output: torch.Tensor | None = None  # (n, heads, queries, channels) of the last attention

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if func is not _FUSED:
            return func(*args, **(kwargs or {}))
        self.output = self._written_out(*args, **(kwargs or {}))
        return self.output

    def _written_out(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attn_mask: torch.Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> torch.Tensor:
        if dropout_p or is_causal or enable_gqa:
            raise NotWrittenOut("attention with dropout, of what came before, or with shared heads")
        scores = query @ key.transpose(-2, -1) * (query.shape[-1] ** -0.5 if scale is None else scale)
        if attn_mask is not None and attn_mask.dtype == torch.bool:
            scores = scores.masked_fill(~attn_mask, -torch.inf)
        elif attn_mask is not None:
            scores = scores + attn_mask
        return self._keep(scores.softmax(dim=-1)) @ value


@runtime_checkable
class WithTokens(Protocol):
    """A network that says which grid its tokens come from."""

    def token_grid(self) -> tuple[int, int, int] | None:
        """Tokens before those of the image, rows and columns of these; None where there are none."""
        ...


def token_layout(module: nn.Module, image: NDArray[np.float32]) -> TokenLayout | None:
    """Find out whether a network classifies tokens of a grid by attention that can be caught.

    It does where, on a probe image, every attention is one square matrix a head over the same tokens (windows and
    pooled tokens are not), the logits with attention written out are the network's, and what the logits depend on
    after the last attention is tokens before the grid, or all of the grid.

    Args:
        module: in eval mode; a `WithTokens`, or it has no such layout.
        image: (s, s) float32, a probe.
    """
    grid = module.token_grid() if isinstance(module, WithTokens) else None
    if grid is None:
        return None
    before, rows, columns = grid
    shapes: list[tuple[int, ...]] = []

    def keep(matrix: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(matrix.shape))
        return matrix

    caught = CaughtAttention(keep)
    try:
        with torch.enable_grad():
            logits = run_caught(module, image, caught)
    except NotWrittenOut:
        return None
    count = before + rows * columns
    if caught.output is None or len(set(shapes)) != 1 or shapes[0] != (1, shapes[0][1], count, count):
        return None
    if not _close(logits, module, image):
        return None
    read = _read(logits, caught.output)
    of_grid = range(before, count)
    if not read or not (max(read) < before or set(read) >= set(of_grid)):
        return None
    return TokenLayout(rows, columns, before, read, len(shapes), shapes[0][1])


def run_caught(module: nn.Module, image: NDArray[np.float32], caught: CaughtAttention) -> torch.Tensor:
    """Logits (1, outputs) of an image (s, s), with their graph where gradients are enabled."""
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False), caught:
        return cast(torch.Tensor, module(_batch(module, image)))


def _batch(module: nn.Module, image: NDArray[np.float32]) -> torch.Tensor:
    return torch.from_numpy(np.array(image, np.float32))[None, None].to(next(module.parameters()).device)


def _read(logits: torch.Tensor, output: torch.Tensor) -> tuple[int, ...]:
    """The tokens by which the logits change: after the last attention each goes its own way to the head."""
    (gradient,) = torch.autograd.grad(logits.square().sum(), output)
    depends = gradient[0].abs().amax(dim=(0, 2)) > 0
    return tuple(int(token) for token in depends.nonzero()[:, 0])


def _close(found: torch.Tensor, module: nn.Module, image: NDArray[np.float32]) -> bool:
    with torch.no_grad():
        expected = module(_batch(module, image))
    return bool((found.detach() - expected).abs().max() <= _TOLERANCE * expected.abs().max().clamp_min(1e-12))
