"""Reading files of weights that strangers made: nothing in them is ever executed."""

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open

from data_cache.errors import InputError

Tensors = dict[str, torch.Tensor]

_TORCH_SUFFIXES = (".pt", ".pth")
_LONGEST_HEADER = 8_000_000  # 60,000 tensors; safetensors itself allows more, and takes long for it


def read_weights(path: Path) -> tuple[Tensors, dict[str, str]]:
    """Read every tensor of a `.safetensors`, `.pt` or `.pth` file onto the CPU, with the file's metadata.

    Raises:
        InputError: there is no such file, or it is not a file of weights that can be read safely.
    """
    if path.is_dir():
        raise InputError(f"Expected a file of weights, found the folder {path.name!r}: name a file in it.")
    if not path.is_file():
        raise InputError(
            f"Expected official, demo, auto or a file of weights, found no file {path.name!r} in folder {path.parent}."
        )
    if path.stat().st_size == 0:
        raise InputError(f"Expected weights in {path.name!r}, found an empty file: get it again.")
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    if path.suffix in _TORCH_SUFFIXES:
        return _read_torch(path), {}
    raise InputError(f"Expected weights as .safetensors or .pt, found {path.name!r}.")


def _read_safetensors(path: Path) -> tuple[Tensors, dict[str, str]]:
    with path.open("rb") as file:
        if int.from_bytes(file.read(8), "little") > _LONGEST_HEADER:
            raise InputError(f"Expected weights in {path.name!r}, found a table of contents of endless length.")
    try:
        with safe_open(path, framework="pt") as file:
            # copied out of the mapped file: aligned as PyTorch likes it, and safe from whoever changes the file
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except Exception:  # strangers' bytes break parsers in any way
        raise InputError(
            f"Expected safetensors in {path.name!r}, found a damaged or different file: get it again."
        ) from None


def _read_torch(path: Path) -> Tensors:
    try:
        with warnings.catch_warnings(action="ignore"):  # of protocols it may not know: the outcome is judged below
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise InputError(
            f"Expected a state dict of tensors in {path.name!r}, found something else, which is refused because "
            f"unpickling it could run code; `python -m models convert {path.name}` reads a network saved whole."
        ) from None
    except Exception:  # on bytes that are no state dict, PyTorch's reader stumbles in any way there is
        raise InputError(
            f"Expected a state dict saved by PyTorch in {path.name!r}, found a damaged or different file: get it again."
        ) from None
    if not isinstance(content, Mapping) or not all(
        isinstance(name, str) and _is_plain(value) for name, value in content.items()
    ):
        raise InputError(
            f"Expected a state dict (names and dense tensors only) in {path.name!r}, found {_describe(content)}."
        )
    return {name: value.detach() for name, value in content.items()}


def _is_plain(value: object) -> bool:
    """Whether a value is a tensor whose numbers are all there, one after the other."""
    return (
        isinstance(value, torch.Tensor)
        and value.layout == torch.strided
        and not (value.is_meta or value.is_quantized or value.is_nested)
    )


def _describe(content: object) -> str:
    if isinstance(content, Mapping):
        return f"a mapping that also holds other things, with keys such as {', '.join(map(repr, list(content)[:3]))}"
    return f"a {type(content).__name__}"
