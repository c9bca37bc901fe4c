"""Making a foreign state dict fit a network exactly, or saying why it does not."""

from collections.abc import Mapping

import torch

from data_cache.errors import InputError
from models.architecture import Architecture
from models.backbone import build_backbone
from models.key_translation import is_torchvision, strip_wrappers, to_timm

_NAMED = 3  # how many offending tensors a message names


def fit(tensors: Mapping[str, torch.Tensor], architecture: Architecture, name: str) -> dict[str, torch.Tensor]:
    """Give the tensors timm's names and check that they are exactly those of the architecture's backbone.

    Args:
        tensors: a state dict with torchvision's names (the official files) or timm's (ours), with or without the
            prefixes that wrapped models leave.
        architecture: what they should fit.
        name: the file's name, for messages.

    Returns:
        timm's name -> tensor; floating point tensors as float32.

    Raises:
        InputError: a tensor is missing, unknown, of another shape or type, or not finite.
    """
    renamed = _renamed(tensors, name)
    with torch.device("meta"):
        expected = build_backbone(architecture).state_dict()
    _check_names(renamed, expected, name)
    _check_shapes(renamed, expected, name)
    fitted = {key: renamed[key].to(expected[key].dtype) for key in expected}
    not_finite = [key for key, value in fitted.items() if value.is_floating_point() and not value.isfinite().all()]
    if not_finite:
        raise InputError(f"Expected finite weights in {name!r}, found NaN or infinity in {_some(not_finite)}.")
    return fitted


def _renamed(tensors: Mapping[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    bare = {strip_wrappers(key): value for key, value in tensors.items()}
    if len(bare) != len(tensors):
        raise InputError(f"Expected each tensor once in {name!r}, found some under two wrappers' names.")
    if not is_torchvision(bare):
        return bare
    renamed, unknown = {}, []
    for key, value in bare.items():
        try:
            renamed[to_timm(key)] = value
        except InputError:
            unknown.append(key)
    if unknown:
        raise InputError(
            f"Expected only tensors of torchvision's efficientnet_v2_s in {name!r}, found {len(unknown)} more: "
            f"{_some(unknown)}."
        )
    return renamed


def _check_names(found: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor], name: str) -> None:
    missing = [key for key in expected if key not in found]
    extra = [key for key in found if key not in expected]
    if missing or extra:
        complaints = [
            f"{len(keys)} {what} ({_some(keys)})" for what, keys in (("missing", missing), ("extra", extra)) if keys
        ]
        raise InputError(
            f"Expected the {len(expected)} tensors of an efficientnetv2_s in {name!r}, "
            f"found {' and '.join(complaints)}."
        )


def _check_shapes(found: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor], name: str) -> None:
    wrong = [
        f"{key} of shape {tuple(found[key].shape)} instead of {tuple(expected[key].shape)}"
        for key in expected
        if found[key].shape != expected[key].shape
    ]
    if wrong:
        raise InputError(
            f"Expected tensors that fit the network in {name!r}, found {len(wrong)} that do not: {_some(wrong)}."
        )
    mistyped = [
        f"{key} as {found[key].dtype}"
        for key in expected
        if found[key].is_floating_point() != expected[key].is_floating_point()
    ]
    if mistyped:
        raise InputError(f"Expected floating point weights in {name!r}, found {_some(mistyped)}.")


def _some(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
