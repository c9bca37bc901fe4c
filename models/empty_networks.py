"""Networks without content: all that their shape says, in a third of the time that building them takes."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from models.architecture import Architecture
from models.entry import ModelEntry

_KEPT = 32  # shapes: a program loads few models, and a folder of checkpoints is of one or two
# What fills a tensor and gives it back. Of a tensor without content PyTorch works each out in Python, slowly.
_FILLS = frozenset(
    getattr(place, name)
    for place, names in (
        (torch.Tensor, "normal_ uniform_ fill_ zero_ erfinv_ mul_ add_ clamp_"),
        (nn.init, "normal_ uniform_ constant_ ones_ zeros_ kaiming_normal_ kaiming_uniform_"),
        (nn.init, "xavier_normal_ xavier_uniform_ trunc_normal_"),
    )
    for name in names.split()
)


class _Unfilled(TorchFunctionMode):
    """Within `with`, tensors without content are left as they are by what would fill them."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _FILLS:
            tensor = args[0] if args else kwargs["tensor"]
            if tensor.is_meta:
                return tensor
        return func(*args, **kwargs)


def empty_network(entry: ModelEntry, architecture: Architecture) -> nn.Module:
    """Build the network of an architecture on PyTorch's device "meta": shapes and types, and no numbers."""
    with torch.device("meta"), _Unfilled():
        return entry.build(architecture)


@lru_cache(_KEPT)
def expected_tensors(entry: ModelEntry, architecture: Architecture) -> Mapping[str, torch.Tensor]:
    """The state dict of such a network, in the network's order; worked out once."""
    return MappingProxyType(dict(empty_network(entry, architecture).state_dict()))
