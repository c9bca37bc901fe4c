"""What the command line says about models and files of weights, as lines of text."""

from pathlib import Path

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from models.architecture import Architecture
from models.checkpoints import load_checkpoint, read_architecture
from models.entry import ModelEntry
from models.fingerprints import fingerprint
from models.official import HOW_TO_GET, cached_path
from models.registry import MODELS, OPEN_FAMILIES, find_model, official_key
from models.settings_files import locate_outside
from models.state_dict_loading import fit
from models.weight_files import read_weights


def model_lines() -> list[str]:
    """Describe every model: what it is and can give, and which weights are on this machine."""
    entries = [*MODELS.values(), *(make("NAME") for make in OPEN_FAMILIES.values())]
    return [line for entry in entries for line in _entry_lines(entry)]


def _entry_lines(entry: ModelEntry) -> list[str]:
    of = entry.provenance
    facts = {
        "paper": entry.paper,
        "gives": ", ".join(capability.words for capability in entry.capabilities),
        "licence": of.licence,
        "trained on": of.trained_on,
        "probabilities": of.probabilities,
        "official": _official(entry) if entry.official else "",
        "demo": _demo(entry) if entry.embedded else "",
    }
    return [
        f"{entry.key}: {entry.label}",
        f"  {entry.words}",
        *(f"  {name}: {text}" for name, text in facts.items() if text),
    ]


def weight_lines(path: Path, key: str | None = None) -> list[str]:
    """Describe one file of weights after reading it whole and fitting it to its network.

    Args:
        path: the file.
        key: what it is for; None where the file says so, or is of the published shape.

    Raises:
        InputError: the file cannot be read safely, or does not fit.
    """
    tensors, metadata = read_weights(path)
    sha256 = fingerprint(path)
    official = official_key(sha256)
    said = load_checkpoint(path, key).architecture if key else read_architecture(path, metadata)
    if said is None and ("outputs" in metadata or locate_outside(path).settings):
        raise InputError(f"Expected to be told which model {path.name!r} is for, found none; give --kind KEY.")
    architecture = said or _assumed(official)
    fitted = fit(tensors, architecture, path.name)
    types = sorted({str(tensor.dtype).removeprefix("torch.") for tensor in tensors.values()})
    floats = [tensor for tensor in fitted.values() if tensor.is_floating_point()]
    kind = (
        architecture.kind if said or official else f"{' or '.join(_alike(architecture))}; the file does not say which"
    )
    return [
        f"file: {path.name}, {path.stat().st_size:,} bytes",
        f"format: {'safetensors' if path.suffix == '.safetensors' else 'PyTorch state dict'}",
        f"kind: {kind}",
        f"architecture: {architecture.words}" + ("" if said else " (the official one; the file does not say)"),
        f"findings: {_findings(architecture)}",
        f"tensors: all {len(fitted)} that it needs ({', '.join(types)}), {sum(t.numel() for t in floats):,} numbers",
        f"sha256: {sha256}",
        f"official: {'yes' if official else 'no'}",
    ]


def _assumed(official: str | None) -> Architecture:
    """What a file that does not say its shape is taken for: what was published, or the first model's shape."""
    assumed = (entry.assumed for entry in ([find_model(official)] if official else MODELS.values()))
    return next(architecture for architecture in assumed if architecture is not None)


def _alike(architecture: Architecture) -> list[str]:
    """Models whose files hold the same tensors, so that a file that does not say may be either's."""
    widest = type(architecture)
    return [key for key, entry in MODELS.items() if issubclass(entry.architecture, widest)]


def _findings(architecture: Architecture) -> str:
    predicted = [finding for finding in architecture.findings if finding]
    return "all 14" if len(predicted) == len(FINDINGS) else f"{len(predicted)} of 14: {', '.join(predicted)}"


def _official(entry: ModelEntry) -> str:
    path = cached_path(entry.official) if entry.official else None
    return f"{path}" if path else f"not in the Hugging Face cache; {HOW_TO_GET}"


def _demo(entry: ModelEntry) -> str:
    path = entry.embedded
    found = path is not None and path.is_file()
    return f"embedded, {path.stat().st_size / 1e6:.1f} MB" if path and found else "not in this copy of the program"
