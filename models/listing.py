"""What the command line says about models and files of weights, as lines of text."""

from pathlib import Path

from models.architecture import Architecture, ModelKind
from models.checkpoints import read_architecture
from models.embedded import embedded_path
from models.fitting import fit
from models.official import HOW_TO_GET, cached_path, official_kind
from models.registry import MODELS
from models.weight_files import fingerprint, read_weights


def model_lines() -> list[str]:
    """Describe every kind of model: what it is, and which weights are on this machine."""
    lines = []
    for kind, entry in MODELS.items():
        lines += [
            f"{kind}: {entry.label}",
            f"  {entry.words}",
            f"  paper: {entry.paper}",
            f"  official: {_official(kind)}",
            f"  demo: {_demo(kind)}",
        ]
    return lines


def weight_lines(path: Path) -> list[str]:
    """Describe one file of weights after reading it whole and fitting it to its network.

    Raises:
        InputError: the file cannot be read safely, or does not fit.
    """
    tensors, metadata = read_weights(path)
    sha256 = fingerprint(path)
    official = official_kind(sha256)
    said = read_architecture(path, metadata)
    architecture, stated = said or Architecture(kind=official or "medicalpatchnet"), said is not None
    fitted = fit(tensors, architecture, path.name)
    types = sorted({str(tensor.dtype).removeprefix("torch.") for tensor in tensors.values()})
    floats = [tensor for tensor in fitted.values() if tensor.is_floating_point()]
    return [
        f"file: {path.name}, {path.stat().st_size:,} bytes",
        f"format: {'safetensors' if path.suffix == '.safetensors' else 'PyTorch state dict'}",
        f"kind: {architecture.kind if stated or official else 'medicalpatchnet or cnn; the file does not say which'}",
        f"architecture: {_shape(architecture)}" + ("" if stated else " (the official one; the file does not say)"),
        f"tensors: all {len(fitted)} that it needs ({', '.join(types)}), {sum(t.numel() for t in floats):,} numbers",
        f"sha256: {sha256}",
        f"official: {'yes' if official else 'no'}",
    ]


def _shape(architecture: Architecture) -> str:
    return (
        f"{architecture.backbone}, width × {architecture.channel_multiplier:g}, depth × "
        f"{architecture.depth_multiplier:g}, input {architecture.input_size}, patch {architecture.patch_size}"
    )


def _official(kind: ModelKind) -> str:
    path = cached_path(kind)
    return f"{path}" if path else f"not in the Hugging Face cache; {HOW_TO_GET}"


def _demo(kind: ModelKind) -> str:
    path = embedded_path(kind)
    return f"embedded, {path.stat().st_size / 1e6:.1f} MB" if path.is_file() else "not in this copy of the program"
