"""Weights on disk: reading official, embedded, own and foreign checkpoints, and writing our own."""

import hashlib
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import ValidationError
from safetensors.torch import save
from torch import nn

from data_cache.errors import InputError
from data_cache.safetensors_order import in_order
from data_cache.store import write_bytes
from models.architecture import Architecture, kind_in
from models.empty_networks import empty_network
from models.entry import ModelEntry, Provenance
from models.fingerprints import fingerprint
from models.official import HOW_TO_GET, cached_path, damage
from models.registry import MODELS, find_model, official_key
from models.settings_files import Located, locate_outside
from models.state_dict_loading import fit
from models.taught import TaughtBy, taught_by
from models.weight_files import read_weights

Origin = Literal["official", "demo", "own"]

_DEMO = Provenance(
    owner="this project",
    licence="MIT",
    trained_on="simulated radiographs",
    probabilities="that a phantom has the finding",
)
_ARCHITECTURE = "architecture"  # in the metadata
_PROVENANCE = ("owner", "licence", "trained_on", "probabilities")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """Weights that fit their architecture exactly.

    `state_dict` holds all tensors of the network, floating point ones as float32. `weights_sha256` is the hash of the
    file they came from, and of the settings too where these say the architecture. `note` says in words whose weights
    these are and how to get the official ones; `taught_by` names the model that taught the network, if any.
    """

    architecture: Architecture
    state_dict: Mapping[str, torch.Tensor]
    model_id: str
    weights_sha256: str
    origin: Origin
    note: str
    provenance: Provenance = field(default=Provenance())
    taught_by: TaughtBy | None = None

    def build(self) -> nn.Module:
        """Build the network on the CPU, in eval mode, float32; its weights are the very tensors of `state_dict`."""
        entry = find_model(self.architecture.kind)
        module = empty_network(entry, self.architecture)
        module.load_state_dict(self.state_dict, assign=True)
        if any(tensor.is_meta for tensor in chain(module.parameters(), module.buffers())):
            # buffers that a state dict leaves out, such as tables of indices, are made when a network is built
            module = entry.build(self.architecture)
            module.load_state_dict(self.state_dict, assign=True)
        return module.eval()


def load_checkpoint(spec: str | Path, key: str) -> Checkpoint:
    """Load weights of one model.

    Args:
        spec: "official" (from the Hugging Face cache), "demo" (embedded), "auto" (the first of these that is there
            undamaged; that a damaged one was passed over is logged, and stands in the note),
            hf://owner/repository/file, or the path of a `.safetensors` or `.pt` file, or of a YAML file that names one
            (see `settings_files`). Except for hf:// the network is never touched.
        key: what the weights are for.

    Raises:
        InputError: the weights are not there, cannot be read safely, or do not fit.
    """
    entry = find_model(key)
    located = locate(spec, key)
    path = located.path
    if located.instead:
        _log.warning("%s with demonstration weights: %s", entry.label, located.instead)
    before = _state(path)
    tensors, metadata = read_weights(path)
    sha256 = fingerprint(path)
    if before != _state(path):
        raise InputError(
            f"Expected {path.name!r} to stay as it is while it is read, found that it was changed; load it again."
        )
    _refuse_other_model(path, sha256, entry)
    _refuse_other_outputs(path, metadata, entry)
    said = read_architecture(path, metadata)
    architecture = _architecture(located, said, entry)
    origin = _origin(path, sha256, entry)
    if architecture not in (said, entry.assumed):
        sha256 = _with_settings(sha256, architecture)
    return Checkpoint(
        architecture=architecture,
        state_dict=fit(tensors, architecture, path.name),
        model_id=f"{path.stem}-{sha256[:8]}" if origin == "own" else f"{key}-{origin}",
        weights_sha256=sha256,
        origin=origin,
        note=_note(origin, entry, located),
        provenance=_provenance(origin, entry, {**metadata, **located.settings}, located.address),
        taught_by=taught_by(metadata),
    )


def _state(path: Path) -> tuple[int, int, int] | None:
    """What tells whether a file was changed: its number, size and time of change; None where there is none."""
    with suppress(OSError):
        status = path.stat()
        return status.st_ino, status.st_size, status.st_mtime_ns
    return None


def locate(spec: str | Path, key: str) -> Located:
    """Find the file that a specification names, and the settings beside it, without reading weights.

    Raises:
        InputError: "official" is not in the cache or damaged there, "demo" and "auto" find no embedded weights, or the
            settings are wrong.
    """
    entry = find_model(key)
    if spec == "official":
        return Located(_official_path(entry))
    if spec == "demo":
        return Located(_demo_path(entry))
    if spec == "auto":
        return _official_or_demo(entry)
    return locate_outside(spec)


def save_checkpoint(
    path: Path,
    module: nn.Module,
    architecture: Architecture,
    metadata: Mapping[str, str] | None = None,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write a whole network as safetensors with its architecture, atomically.

    Args:
        path: file to write, ending in `.safetensors`.
        module: a network as the registry builds it.
        architecture: stored as JSON under the metadata key "architecture".
        metadata: further strings to store.
        dtype: type of the stored floating point tensors; float16 halves the file and is made float32 on loading. A
            tensor with finite numbers beyond this type (running variances above 65,504) keeps its own.
    """
    tensors = {name: _stored(tensor.detach().cpu(), dtype) for name, tensor in module.state_dict().items()}
    described = architecture.model_dump_json(by_alias=True)
    write_bytes(path, in_order(save(tensors, {**(metadata or {}), _ARCHITECTURE: described})))


def _stored(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The tensor in another floating point type, where all of its numbers fit into it."""
    if not tensor.is_floating_point():
        return tensor.contiguous()
    cast = tensor.to(dtype)
    return (cast if torch.equal(cast.isfinite(), tensor.isfinite()) else tensor).contiguous()


def _official_path(entry: ModelEntry) -> Path:
    if entry.official is None:
        raise InputError(f"Expected weights of {entry.key}, found no official ones of this model; name a file.")
    path = cached_path(entry.official)
    if path is None:
        raise InputError(
            f"Expected the official {entry.official.filename} in the Hugging Face cache, found none; "
            f"{HOW_TO_GET}, once."
        )
    if problem := damage(entry.official, path):
        raise InputError(problem)
    return path


def _official_or_demo(entry: ModelEntry) -> Located:
    """Official weights that are there and whole; a damaged file ends nothing, since there are others to go on with."""
    cached = cached_path(entry.official) if entry.official else None
    if entry.official is None or cached is None:
        return Located(_demo_path(entry))
    problem = damage(entry.official, cached)
    return Located(_demo_path(entry), instead=problem) if problem else Located(cached)


def _demo_path(entry: ModelEntry) -> Path:
    if entry.embedded is None:
        raise InputError(
            f"Expected weights of {entry.key}, found none that come with the program; "
            f"give --model {entry.key}=FILE, a file or hf:// address."
        )
    if not entry.embedded.is_file():
        raise InputError(
            f"Expected the embedded demonstration weights {entry.embedded.name}, found none in this copy of the "
            f"program; {HOW_TO_GET}, or name a file of your own."
        )
    return entry.embedded


def _refuse_other_model(path: Path, sha256: str, entry: ModelEntry) -> None:
    """Official files look alike inside: only their hash tells which is which."""
    holds = official_key(sha256)
    if holds not in (None, entry.key):
        raise InputError(
            f"Expected weights of a {entry.key}, found in {path.name!r} the official weights of the {holds}."
        )


def _refuse_other_outputs(path: Path, metadata: Mapping[str, str], entry: ModelEntry) -> None:
    """Files of one network that was trained on other labels look alike inside too; converted ones say their outputs."""
    stated = metadata.get("outputs")
    if stated is None or not entry.outputs or stated == json.dumps(list(entry.outputs)):
        return
    alike = [key for key, other in MODELS.items() if other.outputs and stated == json.dumps(list(other.outputs))]
    hint = f"they fit {' or '.join(alike)}" if alike else f"{path.name!r} names {stated[:200]}"
    raise InputError(f"Expected the outputs of {entry.key} in {path.name!r}, found others: {hint}.")


def read_architecture(path: Path, metadata: Mapping[str, str]) -> Architecture | None:
    """Return what a file of weights says it is for; None where it says nothing.

    Raises:
        InputError: the file says something invalid.
    """
    if _ARCHITECTURE not in metadata:
        return None
    where = f"the metadata of {path.name!r}"
    kind = kind_in(metadata[_ARCHITECTURE])
    if kind is None:
        raise InputError(f"Expected a valid architecture in {where}, found a wrong kind: no name of a model.")
    try:
        shape = find_model(kind).architecture
    except InputError as error:
        raise InputError(f"Expected a valid architecture in {where}, found a wrong kind: {error}") from None
    try:
        return shape.model_validate_json(metadata[_ARCHITECTURE])
    except ValidationError as error:
        raise _wrong(error, where) from None


def _architecture(located: Located, said: Architecture | None, entry: ModelEntry) -> Architecture:
    """Our own files and settings say what they are; any other file is taken for what the registry assumes."""
    given = {name: value for name, value in located.settings.items() if name not in _PROVENANCE}
    kind = said.kind if said is not None else given.pop("kind", entry.key)
    if kind != entry.key:
        raise InputError(f"Expected weights of a {entry.key}, found in {located.path.name!r} weights of a {kind}.")
    if said is not None:
        _refuse_contradiction(said, given, located.path.name)
        return said
    if not given and entry.assumed is not None:
        return entry.assumed
    if not given:
        raise InputError(
            f"Expected to be told what {located.path.name!r} is, found neither metadata nor settings: write "
            f"{located.path.stem}.yaml beside it, with input_size and findings (the finding of each output)."
        )
    try:
        return entry.architecture.model_validate({**given, "kind": entry.key})
    except ValidationError as error:
        raise _wrong(error, f"the settings beside {located.path.name!r} (taken for those of a {entry.key})") from None


def _refuse_contradiction(said: Architecture, given: Mapping[str, Any], name: str) -> None:
    """Refuse settings that say something else than the file itself; what is no part of a shape may stand there."""
    known = {field.alias or key for key, field in type(said).model_fields.items()}
    repeated = {key: value for key, value in given.items() if key in known}
    try:
        agrees = type(said).model_validate({**said.model_dump(by_alias=True), **repeated}) == said
    except ValidationError as error:
        raise _wrong(error, f"the settings of {name!r}") from None
    if not agrees:
        raise InputError(
            f"Expected settings that agree with the metadata of {name!r}, found others for {', '.join(repeated)}; take "
            "them out of the settings, or save the weights anew."
        )


def _wrong(error: ValidationError, where: str) -> InputError:
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"])) or "value"
    what = first["msg"].removeprefix("Value error, ").rstrip(".")
    return InputError(f"Expected a valid architecture in {where}, found a wrong {name}: {what}.")


def _origin(path: Path, sha256: str, entry: ModelEntry) -> Origin:
    if official_key(sha256) == entry.key:
        return "official"
    return "demo" if path == entry.embedded else "own"


def _with_settings(sha256: str, architecture: Architecture) -> str:
    """Fingerprint of weights whose shape stands beside them: with other settings they are another model."""
    return hashlib.sha256(f"{sha256} {architecture.model_dump_json(by_alias=True)}".encode()).hexdigest()


def _provenance(origin: Origin, entry: ModelEntry, said: Mapping[str, Any], address: str) -> Provenance:
    """What is known of the weights: of published and embedded ones by us, of others by their file."""
    if origin == "official":
        return entry.provenance
    if origin == "demo":
        return _DEMO
    stated = {name: str(said[name])[:300] for name in _PROVENANCE if said.get(name)}
    return replace(Provenance(owner=address, probabilities=entry.provenance.probabilities), **stated)


def _note(origin: Origin, entry: ModelEntry, located: Located) -> str:
    if origin == "official" and entry.official is not None:
        return f"{entry.label} with the official weights ({entry.official.repository}, trained on CheXpert)."
    hint = f" {HOW_TO_GET}." if entry.official is not None else ""
    if located.instead:
        hint = f" The official weights are damaged. {located.instead}"
    if origin == "demo":
        return (
            f"{entry.label} with the embedded demonstration weights, trained on simulated radiographs: what it "
            f"says about a real one means nothing.{hint}"
        )
    return f"{entry.label} with own weights from {located.path.name}.{hint}"
