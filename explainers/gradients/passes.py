"""The network's gradients by the pixels of its input, for all findings at once.

Each image goes forward once for all findings, and back once for each; a library that takes one class a call goes
forward again for every finding.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.layers import evaluating, exact
from explainers.memory import enough_memory
from explainers.types import Cancelled, FloatArray, IsCancelled
from models.capabilities import MODULE, Module

if TYPE_CHECKING:
    from explainers.model_run import ModelRun

Rules = Callable[[], AbstractContextManager[Any]]

_PIXELS = 512 * 512  # whose graph a CPU has in memory at once: of smaller images several go together
_MORE_ON_ACCELERATORS = 8


@dataclass(frozen=True, eq=False)
class Point:
    """An image (s, s) float32 at which the gradient is taken, and what it is multiplied with: (s, s), or a number."""

    image: FloatArray
    factor: FloatArray | float = 1.0


def weighted_gradients(
    run: "ModelRun", points: Iterable[Point], cancelled: IsCancelled, rules: Rules = nullcontext
) -> FloatArray:
    """The sum over points of factor · ∂ logit / ∂ pixel, for all findings.

    The network is left as it was: nothing is hooked on it, no mode is changed, and no parameter asks for a gradient.

    Args:
        run: whose model is asked; told of each image that went forward, and of each that came back.
        points: taken as they are needed; as many together as `together` says.
        cancelled: asked before each pass.
        rules: around the forward pass; may replace what follows from an activation on the way back.

    Returns:
        (14, s, s) float32, summed in float64; 0 for findings that the model does not predict.

    Raises:
        InputError: an image has another size than the model's input, the model has no PyTorch network, or the memory
            does not suffice.
        Cancelled: `cancelled` said yes.
    """
    size = run.model.input_size
    maps = np.zeros((len(FINDINGS), size, size))
    rest = iter(points)
    while chunk := tuple(islice(rest, together(run))):
        for point in chunk:
            check_size(point.image, size)
        factors = np.stack([np.broadcast_to(np.asarray(p.factor, np.float32), (size, size)) for p in chunk])
        for place, gradients in each_gradient(run, np.stack([point.image for point in chunk]), cancelled, rules):
            maps[place] += (gradients * torch.from_numpy(factors).to(gradients.device)).sum(dim=0).cpu().numpy()
    return maps.astype(np.float32)


def each_gradient(
    run: "ModelRun", images: FloatArray, cancelled: IsCancelled, rules: Rules = nullcontext
) -> Iterator[tuple[int, torch.Tensor]]:
    """One pass forward, and one back for each finding that the model predicts.

    Args:
        run: as above.
        images: (n, s, s) float32, in memory together.
        cancelled, rules: as above.

    Yields:
        The finding's place, and the gradients (n, s, s) of each image's logit by its pixels.
    """
    module = cast(Module, run.require(MODULE)).module
    left = [(place, output) for place, output in enumerate(run.outputs) if output is not None]
    _refuse(cancelled)
    with _enough(images.shape[-1]):
        leaf = torch.from_numpy(np.array(images, np.float32))[:, None].to(next(module.parameters()).device)
        leaf.requires_grad_()
        with evaluating(module), rules(), torch.enable_grad(), exact():
            given = module(leaf.clone())  # what follows may write in place
    logits = given if isinstance(given, torch.Tensor) else given[0]
    _tell(run, len(images))
    for place, output in left:
        _refuse(cancelled)
        with _enough(images.shape[-1]), exact():
            (gradient,) = torch.autograd.grad(logits[:, output].sum(), leaf, retain_graph=place != left[-1][0])
        _tell(run, len(images))
        yield place, gradient.detach()[:, 0]


def together(run: "ModelRun") -> int:
    """How many images go through a model's network at once, so that the memory of their graph is bounded."""
    device = next(cast(Module, run.require(MODULE)).module.parameters()).device
    more = 1 if device.type == "cpu" else _MORE_ON_ACCELERATORS
    return max(1, more * _PIXELS // run.model.input_size**2)


def check_size(image: FloatArray, size: int) -> None:
    """Refuse an image or a baseline that is not what the model takes.

    Raises:
        InputError: it has another size.
    """
    if image.shape != (size, size):
        raise InputError(f"Expected an image and a baseline of {size}×{size} pixels, found {image.shape}; resize it.")


def _enough(size: int) -> AbstractContextManager[None]:
    return enough_memory(f"the gradients of {size}×{size} pixels")


def _refuse(cancelled: IsCancelled) -> None:
    if cancelled():
        raise Cancelled


def _tell(run: "ModelRun", images: int) -> None:
    for _ in range(images):
        run.passed()
