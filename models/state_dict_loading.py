"""Making a foreign state dict fit a network exactly, or saying why it does not."""

from collections.abc import Mapping

import torch

from data_cache.errors import InputError
from models.architecture import Architecture
from models.empty_networks import expected_tensors
from models.entry import ModelEntry
from models.key_translation import WRAPPERS, strip_wrappers
from models.registry import find_model

_NAMED = 3  # how many offending tensors a message names


def fit(tensors: Mapping[str, torch.Tensor], architecture: Architecture, name: str) -> dict[str, torch.Tensor]:
    """Give the tensors the network's names and check that they are exactly those it needs.

    Args:
        tensors: a state dict of the whole network or, as older files have it, of its backbone, with or without the
            prefixes that wrapped models leave, under the network's names or those that its family translates.
        architecture: what they should fit.
        name: the file's name, for messages.

    Returns:
        The network's name -> tensor; floating point tensors as float32.

    Raises:
        InputError: a tensor is missing, unknown, of another shape or type, or not finite.
    """
    entry = find_model(architecture.kind)
    expected = expected_tensors(entry, architecture)
    found = _whole(tensors, expected)
    if found is None:
        bare = _bare(tensors, name)
        translated = _translated(entry, bare, name)  # may leave out what is no weight
        found = _named_as(expected, translated, name)
        _refuse_doubles(found, translated, name)
    _check_names(found, expected, name, architecture)
    _check_shapes(found, expected, name, architecture)
    fitted = {key: found[key].to(expected[key].dtype) for key in expected}
    not_finite = [key for key, value in fitted.items() if value.is_floating_point() and not value.isfinite().all()]
    if not_finite:
        raise InputError(f"Expected finite weights in {name!r}, found NaN or infinity in {_some(not_finite)}.")
    return fitted


def _whole(
    tensors: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor]
) -> Mapping[str, torch.Tensor] | None:
    """The tensors under the network's own names, if all are such, alone or behind the same wrappers; else None."""
    while not tensors.keys() <= expected.keys():
        wrapper = next((one for one in WRAPPERS if all(name.startswith(one) for name in tensors)), None)
        if wrapper is None:
            return None
        tensors = {name.removeprefix(wrapper): value for name, value in tensors.items()}
    return tensors


def _translated(entry: ModelEntry, bare: Mapping[str, torch.Tensor], name: str) -> Mapping[str, torch.Tensor]:
    try:
        return entry.translate(bare)
    except InputError as error:
        raise InputError(f"{str(error).rstrip('.')}, in {name!r}.") from None


def _bare(tensors: Mapping[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    bare = {strip_wrappers(key): value for key, value in tensors.items()}
    _refuse_doubles(bare, tensors, name)
    return bare


def _refuse_doubles(renamed: Mapping[str, torch.Tensor], tensors: Mapping[str, torch.Tensor], name: str) -> None:
    if len(renamed) != len(tensors):
        raise InputError(f"Expected each tensor once in {name!r}, found some under two wrappers' names.")


def _named_as(
    expected: Mapping[str, torch.Tensor], bare: Mapping[str, torch.Tensor], name: str
) -> dict[str, torch.Tensor]:
    """Put back the prefixes that the network itself has; names that it does not know stay as they are."""
    whole: dict[str, str] = {}
    for key in expected:
        short = strip_wrappers(key)
        if short in whole and short in bare:
            raise InputError(
                f"Expected the network's own names in {name!r}, found {short}, which may be {whole[short]} or {key}; "
                "save the state dict of the whole network."
            )
        whole[short] = key
    return {whole.get(key, key): value for key, value in bare.items()}


def _check_names(
    found: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor], name: str, architecture: Architecture
) -> None:
    missing = [strip_wrappers(key) for key in expected if key not in found]
    extra = [key for key in found if key not in expected]
    if missing or extra:
        complaints = [
            f"{len(keys)} {what} ({_some(keys)})" for what, keys in (("missing", missing), ("extra", extra)) if keys
        ]
        raise InputError(
            f"Expected the {len(expected)} tensors of a {architecture.kind} in {name!r}, "
            f"found {' and '.join(complaints)}."
        )


def _check_outputs(
    found: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor], name: str, architecture: Architecture
) -> None:
    """Say it plainly where all that differs is the number of outputs."""
    named = len(architecture.findings)
    wrong = [key for key in expected if found[key].shape != expected[key].shape]
    alike = [key for key in wrong if found[key].ndim and found[key].shape[1:] == expected[key].shape[1:]]
    counts = {found[key].shape[0] for key in alike}
    if alike == wrong and len(counts) == 1 and all(expected[key].shape[:1] == (named,) for key in wrong):
        raise InputError(
            f"Expected the finding of each of the {counts.pop()} outputs in {name!r}, found {named} named; "
            "name them all, null where an output speaks of none."
        )


def _check_shapes(
    found: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor], name: str, architecture: Architecture
) -> None:
    _check_outputs(found, expected, name, architecture)
    wrong = [
        f"{strip_wrappers(key)} of shape {tuple(found[key].shape)} instead of {tuple(expected[key].shape)}"
        for key in expected
        if found[key].shape != expected[key].shape
    ]
    if wrong:
        raise InputError(
            f"Expected tensors that fit the network in {name!r}, found {len(wrong)} that do not: {_some(wrong)}."
        )
    mistyped = [
        f"{strip_wrappers(key)} as {found[key].dtype}"
        for key in expected
        if found[key].is_floating_point() != expected[key].is_floating_point()
    ]
    if mistyped:
        raise InputError(f"Expected floating point weights in {name!r}, found {_some(mistyped)}.")


def _some(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
