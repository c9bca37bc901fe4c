"""Names of tensors: from torchvision's `efficientnet_v2_s`, in which the official weights speak, to timm's.

Both libraries build the same network and call its parts differently. Every rule below maps the name of one layer; a
name that no rule matches is refused, so that nothing is ever moved by its position.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from data_cache.errors import InputError

if TYPE_CHECKING:
    import torch

# What saving a wrapped model puts before every name: torch.compile, the official ScalePatchNet, DataParallel, and our
# own networks.
WRAPPERS = ("_orig_mod.", "baseBackbone.", "module.", "backbone.")

# (layer in torchvision, layer in timm). {stage} and {block} count from 0 in timm; torchvision's stages count from 1,
# since features.0 is its stem.
LAYER_RULES: tuple[tuple[str, str], ...] = (
    # the stem, the last convolution and the classifier
    (r"features\.0\.0", "conv_stem"),
    (r"features\.0\.1", "bn1"),
    (r"features\.7\.0", "conv_head"),
    (r"features\.7\.1", "bn2"),
    (r"classifier\.1", "classifier"),
    # stage 1, plain convolutions: features.1.b.block.0.{convolution, batch norm}
    (r"features\.(?P<stage>1)\.(?P<block>\d+)\.block\.0\.0", "blocks.{stage}.{block}.conv"),
    (r"features\.(?P<stage>1)\.(?P<block>\d+)\.block\.0\.1", "blocks.{stage}.{block}.bn1"),
    # stages 2 and 3, fused inverted bottlenecks: expand, project
    (r"features\.(?P<stage>[23])\.(?P<block>\d+)\.block\.0\.0", "blocks.{stage}.{block}.conv_exp"),
    (r"features\.(?P<stage>[23])\.(?P<block>\d+)\.block\.0\.1", "blocks.{stage}.{block}.bn1"),
    (r"features\.(?P<stage>[23])\.(?P<block>\d+)\.block\.1\.0", "blocks.{stage}.{block}.conv_pwl"),
    (r"features\.(?P<stage>[23])\.(?P<block>\d+)\.block\.1\.1", "blocks.{stage}.{block}.bn2"),
    # stages 4 to 6, inverted bottlenecks: expand, depthwise, squeeze and excite, project
    (r"features\.(?P<stage>[456])\.(?P<block>\d+)\.block\.0\.0", "blocks.{stage}.{block}.conv_pw"),
    (r"features\.(?P<stage>[456])\.(?P<block>\d+)\.block\.0\.1", "blocks.{stage}.{block}.bn1"),
    (r"features\.(?P<stage>[456])\.(?P<block>\d+)\.block\.1\.0", "blocks.{stage}.{block}.conv_dw"),
    (r"features\.(?P<stage>[456])\.(?P<block>\d+)\.block\.1\.1", "blocks.{stage}.{block}.bn2"),
    (r"features\.(?P<stage>[456])\.(?P<block>\d+)\.block\.2\.fc1", "blocks.{stage}.{block}.se.conv_reduce"),
    (r"features\.(?P<stage>[456])\.(?P<block>\d+)\.block\.2\.fc2", "blocks.{stage}.{block}.se.conv_expand"),
    (r"features\.(?P<stage>[456])\.(?P<block>\d+)\.block\.3\.0", "blocks.{stage}.{block}.conv_pwl"),
    (r"features\.(?P<stage>[456])\.(?P<block>\d+)\.block\.3\.1", "blocks.{stage}.{block}.bn3"),
)

_COMPILED = tuple((re.compile(pattern), template) for pattern, template in LAYER_RULES)


def strip_wrappers(name: str) -> str:
    """Remove every wrapper's prefix from the name of a tensor, in whatever order they were put on."""
    while True:
        for wrapper in WRAPPERS:
            if name.startswith(wrapper):
                name = name[len(wrapper) :]
                break
        else:
            return name


def is_torchvision(names: Iterable[str]) -> bool:
    """Whether the names (without wrappers) are torchvision's: timm has no part called `features`."""
    return any(name.startswith("features.") for name in names)


def efficientnet_names(tensors: "Mapping[str, torch.Tensor]") -> "Mapping[str, torch.Tensor]":
    """Give a state dict without wrappers timm's names, where it has torchvision's; unknown names stay as they are.

    Raises:
        InputError: a tensor is there under both names.
    """
    if not is_torchvision(tensors):
        return tensors
    renamed = {_to_timm_if_known(key): value for key, value in tensors.items()}
    if len(renamed) != len(tensors):
        raise InputError("Expected each tensor once, found some under two libraries' names.")
    return renamed


def _to_timm_if_known(name: str) -> str:
    try:
        return to_timm(name)
    except InputError:
        return name


def to_timm(name: str) -> str:
    """Translate the name of one tensor from torchvision to timm.

    Raises:
        InputError: torchvision's efficientnet_v2_s has no such tensor.
    """
    layer, _, tensor = name.rpartition(".")
    for pattern, template in _COMPILED:
        match = pattern.fullmatch(layer)
        if match:
            parts = match.groupdict()
            if parts:
                parts["stage"] = str(int(parts["stage"]) - 1)
            return f"{template.format(**parts)}.{tensor}"
    raise InputError(f"Expected a tensor of torchvision's efficientnet_v2_s, found {name!r}.")
