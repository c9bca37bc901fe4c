"""Whole pickled networks made into safetensors, which every reader of weights here takes."""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save

from data_cache.errors import InputError
from data_cache.safetensors_order import in_order
from data_cache.store import write_bytes
from models.pickled_modules import Attribute, PickledModule, Plain, pickled_module, read_whole

SUFFIX = ".safetensors"
# Where a network says what its outputs mean. torchxrayvision's have both, with an empty name for one never trained.
_OUTPUTS = ("targets", "pathologies")


@dataclass(frozen=True)
class Conversion:
    """What was written, and where.

    Attributes:
        path: of the file.
        tensors, parameters: how many tensors it holds, and how many numbers of them can be trained.
        source_class: full name of the network's class.
        outputs: names in order, empty for an output that was never trained; None where the network does not say.
    """

    path: Path
    tensors: int
    parameters: int
    source_class: str
    outputs: tuple[str, ...] | None


def convert(path: Path, out: Path | None = None) -> Conversion:
    """Read a network saved with `torch.save(model)` without executing it, and write its state dict.

    Text metadata of the file: `format` ("state dict"), `source_class` (full name), `source_sha256` (of the file read),
    `attributes` (JSON: text, numbers and lists of these that the network carried; null for what is not finite), and
    `outputs` (JSON list of names) where the network names its outputs.

    Args:
        path: the file.
        out: where to write, ending in .safetensors; left out, beside the file and called as it is.

    Raises:
        InputError: the file is no such network or asks for anything else, or `out` cannot be written or is the file.
    """
    target = _target(path, out)
    content = read_whole(path)
    module = pickled_module(content, path.name)
    outputs = output_names(module)
    metadata = {
        "format": "state dict",
        "source_class": module.root_class,
        "source_sha256": hashlib.sha256(content).hexdigest(),
        "attributes": json.dumps({name: _finite(value) for name, value in module.attributes.items()}),
    }
    if outputs is not None:
        metadata["outputs"] = json.dumps(outputs)
    try:
        write_bytes(target, in_order(save(module.tensors, metadata)))
    except OSError as error:
        raise InputError(
            f"Expected to write {target.name!r} in {target.parent}, found: {error.strerror}; name another place."
        ) from None
    return Conversion(target, len(module.tensors), module.parameter_count, module.root_class, outputs)


def output_names(module: PickledModule) -> tuple[str, ...] | None:
    """Return the names that a network gives its outputs, or None."""
    for attribute in _OUTPUTS:
        names = module.attributes.get(attribute)
        if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
            return tuple(map(str, names))
    return None


def _finite(value: Attribute) -> Attribute | list[Plain | None] | None:
    if isinstance(value, list):
        return [None if isinstance(item, float) and not math.isfinite(item) else item for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _target(path: Path, out: Path | None) -> Path:
    target = out or path.with_suffix(SUFFIX)
    if target.suffix != SUFFIX:
        raise InputError(f"Expected a name for the outcome that ends in {SUFFIX}, found {target.name!r}.")
    if target == path or (target.exists() and path.exists() and target.samefile(path)):
        raise InputError(f"Expected another name for the outcome than the file's own, found {target.name!r} for both.")
    return target
