"""Activations and gradients of any layer of a network, by autograd."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from data_cache.errors import InputError
from explainers.memory import enough_memory
from explainers.types import Cancelled, Evidence, FloatArray, IsCancelled
from models.heads import WithHead


def find_layer(module: nn.Module, name: str) -> nn.Module:
    """Return the module of this name.

    Raises:
        InputError: there is none; the message names those on the way to it.
    """
    if name == "":
        return module
    *parents, last = name.split(".")
    here, path = module, ""
    for part in (*parents, last):
        children = dict(here.named_children())
        if part not in children:
            known = ", ".join(children) or "no further layers"
            raise InputError(f"Unknown layer {name!r}: {path or 'the network'} holds {known}.")
        here, path = children[part], f"{path}.{part}".lstrip(".")
    return here


def evidence_by_autograd(
    module: nn.Module, layer: str, image: FloatArray, outputs: Sequence[int | None], cancelled: IsCancelled
) -> Evidence:
    """Run the network once and keep the part of its graph after the layer.

    Args:
        module: gives (1, outputs) logits, alone or first of several outputs, for (1, 1, s, s) images. Its mode, its
            parameters and its hooks are left as they were.
        layer: name of a module in it that gives (1, C, h, w).
        image: (s, s) float32.
        outputs: for each finding the output that speaks of it, or None.
        cancelled: asked before each finding's backward pass.

    Returns:
        The layer's activations, and an iterator over one backward pass a finding; they are made when asked for, so
        that one finding's gradients are in memory at a time, and can be asked for once.

    Raises:
        InputError: there is no such layer, it is not used, it gives no feature maps, or the memory does not suffice.
    """
    device = next(module.parameters()).device
    caught = _caught(find_layer(module, layer))
    with _enough(image.shape), evaluating(module), caught as leaves, torch.enable_grad(), exact():
        given = module(torch.from_numpy(np.array(image, np.float32))[None, None].to(device))
    logits = given if isinstance(given, torch.Tensor) else given[0]
    if not leaves:
        raise InputError(f"Expected a layer with feature maps, found that {layer!r} is not used or gives none.")
    features = leaves[-1]
    found = features.detach()[0].cpu().numpy()
    return _evidence(found, logits[0], features, outputs, cancelled)


def evidence_of_head(
    module: nn.Module, features: FloatArray, outputs: Sequence[int | None], cancelled: IsCancelled, note: str
) -> Evidence:
    """Gradients by what a network pools, through its head alone.

    Args:
        module: a network with a head (see `models.heads`), in eval mode; left as it was.
        features: (C, h, w) float32, what it pools.
        outputs: for each finding the output that speaks of it, or None.
        cancelled: asked before each finding's backward pass.
        note: what to say of it.

    Raises:
        InputError: the memory does not suffice.
    """
    device = next(module.parameters()).device
    with _enough(features.shape), evaluating(module), torch.enable_grad(), exact():
        leaf = torch.from_numpy(np.array(features, np.float32))[None].to(device).requires_grad_()
        logits = cast(WithHead, module).forward_head(leaf.clone())  # what follows may write in place
    return _evidence(features, logits[0], leaf, outputs, cancelled, note)


def _evidence(
    features: FloatArray,
    logits: torch.Tensor,
    leaf: torch.Tensor,
    outputs: Sequence[int | None],
    cancelled: IsCancelled,
    note: str = "",
) -> Evidence:
    given = logits, leaf, outputs, cancelled
    return Evidence(features, partial(_gradients, *given), partial(_gradients, *given, corrected=True), note=note)


def _gradients(
    logits: torch.Tensor,
    features: torch.Tensor,
    outputs: Sequence[int | None],
    cancelled: IsCancelled,
    corrected: bool = False,
) -> Iterator[FloatArray]:
    left = sum(output is not None for output in outputs)
    for output in outputs:
        if cancelled():
            raise Cancelled
        if output is None:
            yield np.zeros(features.shape, np.float32)
            continue
        left -= 1
        with _enough(features.shape), exact():
            kept = corrected or left > 0
            (gradient,) = torch.autograd.grad(logits[output], features, retain_graph=kept, create_graph=corrected)
            if corrected:
                gradient = gradient - _curvature(gradient, features, left > 0) / 2
            found = gradient.detach().cpu().numpy()
        yield found


def _enough(shape: Sequence[int]) -> AbstractContextManager[None]:
    return enough_memory(f"the gradients of {'×'.join(map(str, shape))} numbers")


def _curvature(gradient: torch.Tensor, features: torch.Tensor, kept: bool) -> torch.Tensor:
    """The second derivatives' product with the features; 0 where the gradient does not depend on them."""
    if not gradient.requires_grad:
        return torch.zeros_like(features)
    (product,) = torch.autograd.grad(gradient, features, features.detach(), retain_graph=kept, allow_unused=True)
    return torch.zeros_like(features) if product is None else product


@contextmanager
def _caught(layer: nn.Module) -> Iterator[list[torch.Tensor]]:
    """Collect the feature maps that a layer gives in this thread; each becomes a leaf of the graph."""
    caught: list[torch.Tensor] = []
    owner = threading.get_ident()

    def catch(_module: nn.Module, _inputs: Any, output: Any) -> torch.Tensor | None:
        if threading.get_ident() != owner or not isinstance(output, torch.Tensor) or output.ndim != 4:
            return None
        leaf = output.detach().requires_grad_()
        caught.append(leaf)
        return leaf.clone()  # what follows may write in place, which a leaf forbids

    handle = layer.register_forward_hook(catch)
    try:
        yield caught
    finally:
        handle.remove()


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Put every part of a network in eval mode and, in the end, back in the mode it was in."""
    training = [part for part in module.modules() if part.training]
    module.eval()
    try:
        yield
    finally:
        for part in training:
            part.training = True


def exact() -> Any:
    """Full float32 on graphics cards too, where convolutions would otherwise round to ten bits."""
    return torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
