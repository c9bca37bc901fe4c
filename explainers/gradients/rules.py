"""What takes a gradient's place at some layers: rules for one pass, see `models.rectified.Replaced`."""

from typing import Any

import torch
from torch.autograd import Function
from torch.nn import functional as F  # noqa: N812  everybody calls it so

from models.rectified import Replaced

_SAME = 1e-10  # two activations that are no further apart are taken for the same, as in captum
_STABLE = 1e-6  # keeps relevance finite where a neuron is 0, relative to nothing, as zennit's


def guided() -> Replaced:
    """Negative gradients end at each ReLU."""
    return Replaced(relu=lambda x, inplace=False: _Guided.apply(x))


def rescaled() -> Replaced:
    """DeepLIFT's rule Rescale, for batches whose second half are the baselines of the first."""
    return Replaced(relu=lambda x, inplace=False: _Rescaled.apply(x), max_pool2d=_rescaled_pool)


class _Guided(Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        (gradient,), (x,) = gradients, ctx.saved_tensors
        return gradient.clamp(min=0) * (x > 0)


class _Rescaled(Function):
    """Multiplier (Δ output / Δ input) in place of the derivative."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        """The multiplier; where the input did not change, the derivative."""
        (gradient,) = gradients
        at, before = ctx.saved_tensors[0].chunk(2)
        difference = at - before
        same = difference.abs() < _SAME
        multiplier = (at.clamp(min=0) - before.clamp(min=0)) / difference.masked_fill(same, 1)
        chosen = torch.where(same, (at > 0).to(at.dtype), multiplier)
        return gradient * torch.cat([chosen, chosen])


def _rescaled_pool(x: torch.Tensor, *how: Any, return_indices: bool = False, **rest: Any) -> torch.Tensor:
    values, indices = F.max_pool2d(x, *how, return_indices=True, **rest)
    return _RescaledPool.apply(x, values, indices)


class _RescaledPool(Function):
    """What the maximum changed goes to where it is now, as far as it rose, and to where it was, as far as it fell.

    The rule of shap and captum, and windows may overlap: what several give to one place adds up.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, values: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, values, indices)
        return values.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """What rose goes to where the maximum is, what fell to where it was; without a change, the derivative."""
        x, values, indices = ctx.saved_tensors
        (at, before), (value, former), (place, old_place) = x.chunk(2), values.chunk(2), indices.chunk(2)
        given = gradients[0].chunk(2)[0]
        most = torch.maximum(value, former)
        moved = _laid(given * (most - former), place, at) + _laid(given * (value - most), old_place, at)
        difference = at - before
        same = difference.abs() < _SAME
        multiplier = torch.where(same, _laid(given, place, at), moved / difference.masked_fill(same, 1))
        return torch.cat([multiplier, multiplier]), None, None


def _laid(values: torch.Tensor, indices: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Add pooled values up at the places that they came from."""
    flat = torch.zeros_like(like).flatten(2)
    return flat.scatter_add(2, indices.flatten(2), values.flatten(2)).reshape(like.shape)


class Relevance(Replaced):
    """Layer-wise relevance propagation as gradient times activation: each layer's output z becomes z' · (z / z')ₑ.

    (z / z')ₑ is held constant on the way back, so that a layer gives relevance on by the shares in z', which is z with
    weights that a rule chose: w for ε, w + γ·max(w, 0) for γ. Sums, concatenations, means and ReLUs then pass relevance
    on as they should without rules of their own.

    Args:
        gamma: of the rule γ, for all convolutions but the first, whose inputs are pixels.
    """

    def __init__(self, gamma: float) -> None:
        super().__init__(conv2d=self._convolution, linear=self._linear, batch_norm=self._batch_norm)
        self._gamma = gamma
        self._last: tuple[Any, ...] = (None,)
        self._first = True

    def _convolution(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, *how: Any, **rest: Any
    ) -> torch.Tensor:
        gamma = 0.0 if self._first else self._gamma
        self._first = False
        result = _convolved(gamma, x, weight, bias, *how, **rest)
        self._last = (result, gamma, x, weight, bias, how, rest)
        return result

    def _batch_norm(
        self,
        x: torch.Tensor,
        mean: torch.Tensor,
        variance: torch.Tensor,
        weight: torch.Tensor | None = None,
        bias: torch.Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> torch.Tensor:
        """Right after a convolution the two are one layer; elsewhere, in eval mode, ε."""
        if training:
            return F.batch_norm(x, mean, variance, weight, bias, training, momentum, eps)
        scale = (1 if weight is None else weight) / (variance + eps).sqrt()
        shift = (0 if bias is None else bias) - mean * scale
        if self._last[0] is x:
            _, gamma, before, convolution, offset, how, rest = self._last
            shift = shift if offset is None else shift + offset * scale
            return _convolved(gamma, before, convolution * scale[:, None, None, None], shift, *how, **rest)
        result = F.batch_norm(x, mean, variance, weight, bias, False, momentum, eps)
        return _shared(result, result)

    def _linear(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        result = F.linear(x, weight, bias)
        return _shared(result, result)


def _convolved(
    gamma: float, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, *how: Any, **rest: Any
) -> torch.Tensor:
    result = F.conv2d(x, weight, bias, *how, **rest)
    if not gamma:
        return _shared(result, result)
    more = None if bias is None else bias + gamma * bias.clamp(min=0)
    return _shared(F.conv2d(x, weight + gamma * weight.clamp(min=0), more, *how, **rest), result)


def _shared(shares: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    """The result, whose relevance goes on by shares."""
    with torch.no_grad():
        factor = result / (shares + torch.where(shares < 0, -_STABLE, _STABLE))
        rest = result - shares * factor
    return shares * factor + rest
