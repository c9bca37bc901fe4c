"""Reading files of weights that strangers made: nothing in them is ever executed."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open

from data_cache.errors import InputError
from data_cache.restricted_pickle import Budget, Damaged, Refused, shortened
from data_cache.torch_files import PickledTensor, admit_tensors, read_saved
from models.saved_tensors import to_torch

Tensors = dict[str, torch.Tensor]

_TORCH_SUFFIXES = (".pt", ".pth")
_MOST_BYTES = 4 << 30
_MOST_STEPS = 1_000_000  # a tensor takes some 40
_MOST_TEXT = 1 << 23
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
    """Read a state dict by the restricted reader: `torch.load` runs nothing of it either, but a file of 3 MB makes it
    take gigabytes."""
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"Expected weights of at most {_MOST_BYTES >> 30} GiB, found {path.name!r} larger.")
    content = path.read_bytes()
    try:
        saved = read_saved(content, admit_tensors, Budget(_MOST_STEPS, _MOST_TEXT))
        if not isinstance(saved, Mapping) or not all(
            isinstance(name, str) and isinstance(value, PickledTensor) for name, value in saved.items()
        ):
            raise InputError(
                f"Expected a state dict (names and dense tensors only) in {path.name!r}, found {_describe(saved)}."
            )
        return to_torch(saved, len(content))
    except Refused as refusal:
        raise InputError(
            f"Expected a state dict of dense tensors in {path.name!r}, found {refusal}, which is refused because "
            f"unpickling it could run code; `python -m models convert {path.name}` reads a network saved whole."
        ) from None
    except Damaged as error:
        raise InputError(
            f"Expected a state dict saved by PyTorch in {path.name!r}, found a damaged or different file: get it again."
        ) from error


def _describe(content: object) -> str:
    if isinstance(content, Mapping):
        keys = ", ".join(shortened(repr(key)) for key in list(content)[:3])
        return f"a mapping that also holds other things, with keys such as {keys}"
    return "a tensor" if isinstance(content, PickledTensor) else f"a {type(content).__name__}"
