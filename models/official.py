"""Weights that authors published on the Hugging Face Hub."""

from dataclasses import dataclass
from pathlib import Path

HOW_TO_GET = "`python -m models fetch` downloads the official weights"


@dataclass(frozen=True)
class OfficialFile:
    """One published file: repository, name, the hash of its content, and names it had before."""

    repository: str
    filename: str
    sha256: str
    former_names: tuple[str, ...] = ()


def cached_path(file: OfficialFile, cache: Path | None = None) -> Path | None:
    """Find an official file in the Hugging Face cache without touching the network.

    Args:
        file: which file.
        cache: folder of the cache; the one the environment names (HF_HUB_CACHE, HF_HOME) where None.

    Returns:
        The file's path, or None where the cache does not hold it.
    """
    from huggingface_hub import try_to_load_from_cache  # slow to import, and not needed to know the file's name

    found = try_to_load_from_cache(file.repository, file.filename, cache_dir=cache)
    return Path(found) if isinstance(found, str) else None
