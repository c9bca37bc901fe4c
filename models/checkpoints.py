"""Weights on disk: reading official, embedded and own checkpoints, and writing our own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from pydantic import ValidationError
from safetensors.torch import save
from torch import nn

from data_cache.errors import InputError
from data_cache.store import write_bytes
from models.architecture import Architecture, ModelKind
from models.embedded import embedded_path
from models.fitting import fit
from models.official import HOW_TO_GET, OFFICIAL_FILES, REPOSITORY, cached_path, official_kind
from models.registry import MODELS
from models.weight_files import fingerprint, read_weights

Origin = Literal["official", "demo", "own"]


@dataclass(frozen=True)
class Checkpoint:
    """Weights that fit their architecture exactly.

    `state_dict` holds the backbone's tensors under timm's names, floating point ones as float32. `weights_sha256` is
    the hash of the file they came from. `note` says in words whose weights these are and how to get the official ones.
    """

    architecture: Architecture
    state_dict: Mapping[str, torch.Tensor]
    model_id: str
    weights_sha256: str
    origin: Origin
    note: str

    def build(self) -> nn.Module:
        """Build the network on the CPU, in eval mode, float32; its weights are the very tensors of `state_dict`."""
        with torch.device("meta"):  # skips the random initialisation, which takes longer than everything else here
            module = MODELS[self.architecture.kind].build(self.architecture)
        module.get_submodule("backbone").load_state_dict(self.state_dict, assign=True)
        return module.eval()


def load_checkpoint(spec: str | Path, kind: ModelKind) -> Checkpoint:
    """Load weights of one kind of model.

    Args:
        spec: "official" (from the Hugging Face cache), "demo" (embedded), "auto" (the first of these that is there),
            or the path of a `.safetensors` or `.pt` file. The network is never touched.
        kind: what the weights are for.

    Raises:
        InputError: the weights are not there, cannot be read safely, or do not fit.
    """
    path = locate(spec, kind)
    tensors, metadata = read_weights(path)
    sha256 = fingerprint(path)
    _refuse_other_kind(path, sha256, kind)
    architecture = _architecture(path, metadata, kind)
    origin = _origin(path, sha256, kind)
    _refuse_changed_official(spec, path, sha256, kind)
    return Checkpoint(
        architecture=architecture,
        state_dict=fit(tensors, architecture, path.name),
        model_id=f"{path.stem}-{sha256[:8]}" if origin == "own" else f"{kind}-{origin}",
        weights_sha256=sha256,
        origin=origin,
        note=_note(origin, kind, path),
    )


def locate(spec: str | Path, kind: ModelKind) -> Path:
    """Find the file that a specification names, without reading it.

    Raises:
        InputError: "official" is not in the cache, or "demo" and "auto" find no embedded weights.
    """
    if spec == "official":
        return _official_path(kind)
    if spec == "demo":
        return _demo_path(kind)
    if spec == "auto":
        return cached_path(kind) or _demo_path(kind)
    return Path(spec)


def save_checkpoint(
    path: Path,
    module: nn.Module,
    architecture: Architecture,
    metadata: Mapping[str, str] | None = None,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write a network's backbone as safetensors with its architecture, atomically.

    Args:
        path: file to write, ending in `.safetensors`.
        module: a network with a `backbone`, as the registry builds it.
        architecture: stored as JSON under the metadata key "architecture".
        metadata: further strings to store.
        dtype: type of the stored floating point tensors; float16 halves the file and is made float32 on loading.
    """
    tensors = {
        name: (tensor.to(dtype) if tensor.is_floating_point() else tensor).detach().cpu().contiguous()
        for name, tensor in module.get_submodule("backbone").state_dict().items()
    }
    write_bytes(path, save(tensors, {**(metadata or {}), "architecture": architecture.model_dump_json()}))


def _official_path(kind: ModelKind) -> Path:
    path = cached_path(kind)
    if path is None:
        raise InputError(
            f"Expected the official {OFFICIAL_FILES[kind].filename} in the Hugging Face cache, found none; "
            f"{HOW_TO_GET}, once."
        )
    return path


def _demo_path(kind: ModelKind) -> Path:
    path = embedded_path(kind)
    if not path.is_file():
        raise InputError(
            f"Expected the embedded demonstration weights {path.name}, found none in this copy of the program; "
            f"{HOW_TO_GET}, or name a file of your own."
        )
    return path


def _refuse_other_kind(path: Path, sha256: str, kind: ModelKind) -> None:
    """The official files look alike inside: only their hash tells which is which."""
    holds = official_kind(sha256)
    if holds not in (None, kind):
        raise InputError(f"Expected weights of a {kind}, found in {path.name!r} the official weights of the {holds}.")


def _refuse_changed_official(spec: str | Path, path: Path, sha256: str, kind: ModelKind) -> None:
    from_cache = spec == "official" or (spec == "auto" and path != embedded_path(kind))
    if from_cache and sha256 != OFFICIAL_FILES[kind].sha256:
        raise InputError(
            f"Expected sha256 {OFFICIAL_FILES[kind].sha256} of {path.name!r} in the Hugging Face cache, found "
            f"{sha256}; delete the file and run `python -m models fetch`."
        )


def read_architecture(path: Path, metadata: Mapping[str, str]) -> Architecture | None:
    """Return what a file of weights says it is for; None where it says nothing.

    Raises:
        InputError: the file says something invalid.
    """
    if "architecture" not in metadata:
        return None
    try:
        return Architecture.model_validate_json(metadata["architecture"])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "its JSON"
        raise InputError(
            f"Expected a valid architecture in the metadata of {path.name!r}, found a wrong {where}: {first['msg']}."
        ) from None


def _architecture(path: Path, metadata: Mapping[str, str], kind: ModelKind) -> Architecture:
    """Our own files say what they are; any other file is taken for the official shape of the kind asked for."""
    architecture = read_architecture(path, metadata) or Architecture(kind=kind)
    if architecture.kind != kind:
        raise InputError(f"Expected weights of a {kind}, found in {path.name!r} weights of a {architecture.kind}.")
    return architecture


def _origin(path: Path, sha256: str, kind: ModelKind) -> Origin:
    if official_kind(sha256) == kind:
        return "official"
    return "demo" if path == embedded_path(kind) else "own"


def _note(origin: Origin, kind: ModelKind, path: Path) -> str:
    label = MODELS[kind].label
    if origin == "official":
        return f"{label} with the official weights ({REPOSITORY}, trained on CheXpert)."
    if origin == "demo":
        return (
            f"{label} with the embedded demonstration weights, trained on synthetic phantoms: what it says about a "
            f"real radiograph means nothing. {HOW_TO_GET}."
        )
    return f"{label} with own weights from {path.name}. {HOW_TO_GET}."
