"""Weights that authors published on the Hugging Face Hub."""

from dataclasses import dataclass
from pathlib import Path

from models.fingerprints import fingerprint

HOW_TO_GET = "`python -m models fetch` downloads the official weights"
HOW_TO_GET_AGAIN = "`python -m models fetch` gets it again"


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
        The file's path, or None where the cache does not hold it. It may be damaged: see `damage`.
    """
    from huggingface_hub import try_to_load_from_cache  # slow to import, and not needed to know the file's name

    found = try_to_load_from_cache(file.repository, file.filename, cache_dir=cache)
    return Path(found) if isinstance(found, str) else None


def damage(file: OfficialFile, path: Path) -> str:
    """Say in one sentence how a file in the cache differs from the published one; nothing where it does not.

    A transfer that broke off, a full disk or an exchange leaves such a file; nothing but its hash is looked at.
    """
    wanted = f"Expected sha256 {file.sha256} of {path.name!r} in the Hugging Face cache"
    try:
        found = fingerprint(path)
    except OSError as error:
        return f"{wanted}, found that it cannot be read ({error.strerror}); {HOW_TO_GET_AGAIN}."
    return "" if found == file.sha256 else f"{wanted}, found {found}; {HOW_TO_GET_AGAIN}."


def intact_path(file: OfficialFile, cache: Path | None = None) -> Path | None:
    """Find an official file as `cached_path` does, if it is the published one to the last bit."""
    path = cached_path(file, cache)
    return path if path is not None and not damage(file, path) else None
