"""The published weights of MedicalPatchNet and its baseline, as they lie on the Hugging Face Hub (MIT licence)."""

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import try_to_load_from_cache

from models.architecture import ModelKind

REPOSITORY = "patrick-w/MedicalPatchNet"
HOW_TO_GET = "`python -m models fetch` downloads the official weights"


@dataclass(frozen=True)
class OfficialFile:
    """One published file: its name in the repository, the hash of its content, and names it had before."""

    kind: ModelKind
    filename: str
    sha256: str
    former_names: tuple[str, ...] = ()


OFFICIAL_FILES: dict[ModelKind, OfficialFile] = {
    "medicalpatchnet": OfficialFile(
        "medicalpatchnet",
        "MedicalPatchNet_weights.pt",
        "9ebb70e5a7934c5e1b10410941f07937b4f06d6c611087b255af40e03862afb2",
    ),
    "cnn": OfficialFile(
        "cnn",
        "EfficientNetV2S_weights.pt",
        "91b820dec0f42e33f148cc8c307804e65832013bcada9466d43b5f64d31f8c70",
        former_names=("EfficientNetB0_weights.pt",),  # in older scripts; the network is EfficientNetV2-S all the same
    ),
}


def cached_path(kind: ModelKind, cache: Path | None = None) -> Path | None:
    """Find an official file in the Hugging Face cache without touching the network.

    Args:
        kind: which of the two files.
        cache: folder of the cache; the one the environment names (HF_HUB_CACHE, HF_HOME) where None.

    Returns:
        The file's path, or None where the cache does not hold it.
    """
    found = try_to_load_from_cache(REPOSITORY, OFFICIAL_FILES[kind].filename, cache_dir=cache)
    return Path(found) if isinstance(found, str) else None


def official_kind(sha256: str) -> ModelKind | None:
    """Which official file has this hash; None where none has."""
    return next((file.kind for file in OFFICIAL_FILES.values() if file.sha256 == sha256), None)
