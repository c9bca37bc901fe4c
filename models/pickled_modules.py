"""Whole networks saved with `torch.save(model)`, read without importing or running anything of theirs.

Such a file names the classes of all parts of the network, and PyTorch imports and calls them. Here the classes of
PyTorch's, torchvision's and torchxrayvision's networks become records of their name and state, and the tensors are
taken out of these by the names that a state dict gives them. Everything else that a file asks for is refused by name.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from data_cache.errors import InputError
from data_cache.restricted_pickle import Budget, Damaged, Function, Record, Refused, inert
from data_cache.torch_files import PickledTensor, admit_tensors, read_saved
from models.saved_tensors import to_torch

Plain = str | int | float | bool
Attribute = Plain | list[Plain]

MOST_BYTES = 1 << 30
_MOST_STEPS = 300_000  # torchxrayvision's DenseNet-121 takes 110,000
_MOST_TEXT = 1 << 24  # the older form carries the source code of every class
_MOST_NAMES = 20_000
_LONGEST_NAME = 500

_PACKAGES = ("torch.nn.", "torchvision.models.", "torchxrayvision.")


@dataclass(frozen=True, eq=False)
class PickledModule:
    """A network's numbers and what is known of it.

    Attributes:
        tensors: parameters and persistent buffers on the CPU, by the names of its `state_dict()`, in its order.
        root_class: full name of the network's class.
        attributes: text, numbers and lists of these that the network itself (not its parts) carries.
        parameter_count: how many numbers can be trained; a parameter with two names counts once.
    """

    tensors: dict[str, torch.Tensor]
    root_class: str
    attributes: dict[str, Attribute]
    parameter_count: int


def read_pickled_module(path: Path) -> PickledModule:
    """Read a file that `torch.save(model)` wrote; nothing in it is executed.

    Raises:
        InputError: as `pickled_module` does, or there is no such file.
    """
    return pickled_module(read_whole(path), path.name)


def read_whole(path: Path) -> bytes:
    """Read a file that is not too large to be weights.

    Raises:
        InputError: there is no such file, it is too large, or it cannot be read.
    """
    if not path.is_file():
        raise InputError(f"Expected a pickled module, found no file {path.name!r} in folder {path.parent}.")
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"Expected a pickled module of at most {MOST_BYTES >> 20} MiB, found {path.name!r} larger.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"Expected a readable file, found {path.name!r}: {error.strerror}.") from None


def pickled_module(content: bytes, name: str) -> PickledModule:
    """Take a network out of the bytes of a file.

    Args:
        content: of the file.
        name: what to call it in messages.

    Raises:
        InputError: the file is damaged or something else, or asks for anything but plain networks.
    """
    _refuse_safetensors(content, name)
    try:
        saved = read_saved(content, _admit, Budget(_MOST_STEPS, _MOST_TEXT))
        if not isinstance(saved, Record):
            raise InputError(_no_module(saved, name))
        found = _Tensors()
        found.collect(saved, "")
        tensors = to_torch(found.tensors, len(content))
    except Refused as refusal:
        raise InputError(
            f"Expected a network of torch.nn, torchvision.models or torchxrayvision in {name!r}, found {refusal}; "
            "it was refused and not executed."
        ) from None
    except Damaged as error:
        raise InputError(
            f"Expected a network saved whole with torch.save in {name!r}, found a damaged or different file: "
            "get it again."
        ) from error
    return PickledModule(tensors, saved.name, _attributes(saved), found.parameter_count)


def _size(numbers: object) -> tuple[object, ...]:
    if not isinstance(numbers, tuple):
        raise Damaged("a size that is none")
    return numbers


_ADMITTED: Mapping[tuple[str, str], object] = {
    ("torch", "Size"): Function(_size),
    ("torch", "device"): inert("torch", "device"),
}


def _admit(module: str, name: str) -> object:
    if f"{module}.".startswith(_PACKAGES):
        return inert(module, name)
    return _ADMITTED.get((module, name)) or admit_tensors(module, name)


class _Tensors:
    """Gathers tensors as torch.nn.Module.state_dict does."""

    def __init__(self) -> None:
        self.tensors: dict[str, PickledTensor] = {}
        self._parameters: dict[int, PickledTensor] = {}
        self._names_left = _MOST_NAMES

    @property
    def parameter_count(self) -> int:
        return sum(math.prod(tensor.shape) for tensor in self._parameters.values())

    def collect(self, module: object, prefix: str) -> None:
        """Take the tensors of a module and of those in it, whose names begin with `prefix`."""
        self._count(prefix)
        state = _state(module)
        passing = state.get("_non_persistent_buffers_set")  # there is none before PyTorch 1.6
        for name, value in _part(state, "_parameters").items():
            tensor = self._add(prefix + name, value)
            if tensor is not None:
                self._parameters[id(tensor)] = tensor
        for name, value in _part(state, "_buffers").items():
            if not isinstance(passing, set) or name not in passing:
                self._add(prefix + name, value)
        for name, child in _part(state, "_modules").items():
            if child is not None:
                self.collect(child, f"{prefix}{name}.")

    def _add(self, name: str, value: object) -> PickledTensor | None:
        self._count(name)
        if value is None:
            return None
        if not isinstance(value, PickledTensor):
            raise Refused(f"a {type(value).__name__} in place of a tensor")
        self.tensors[name] = value
        return value

    def _count(self, name: str) -> None:
        self._names_left -= 1
        if self._names_left < 0 or len(name) > _LONGEST_NAME:
            raise Refused(f"more than {_MOST_NAMES:,} parts, or names of more than {_LONGEST_NAME} characters")


def _state(module: object) -> Mapping[str, object]:
    return _named(module.state if isinstance(module, Record) else None)


def _part(state: Mapping[str, object], key: str) -> Mapping[str, object]:
    part = _named(state.get(key))
    if any("." in name for name in part):  # two tensors could then have the same name
        raise Refused("a name with a dot")
    return part


def _named(content: object) -> Mapping[str, object]:
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise Refused("a part that is no module")
    return content


def _attributes(module: Record) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for name, value in _state(module).items():
        if name.startswith("_") or name == "training":
            continue
        if isinstance(value, Plain):
            found[name] = value
        elif isinstance(value, list | tuple) and all(isinstance(item, Plain) for item in value):
            found[name] = list(value)
    return found


def _refuse_safetensors(content: bytes, name: str) -> None:
    if len(content) > 9 and content[8:9] == b"{" and struct.unpack("<Q", content[:8])[0] < len(content):
        raise InputError(
            f"Expected a network saved whole with torch.save in {name!r}, found safetensors: use it as it is."
        )


def _no_module(saved: object, name: str) -> str:
    if isinstance(saved, Mapping) and saved and all(isinstance(value, PickledTensor) for value in saved.values()):
        found = "a state dict, which needs no conversion: use it as it is"
    elif isinstance(saved, Mapping):
        found = "a mapping of other things: save the network, or its state dict, alone"
    else:
        found = f"a {type(saved).__name__}: save the network, or its state dict, alone"
    return f"Expected a network saved whole with torch.save in {name!r}, found {found}."
