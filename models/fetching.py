"""Bringing the official weights into the Hugging Face cache, from the Hub or from wherever a hospital keeps them.

The files lie afterwards as huggingface_hub itself would have put them (blobs named by their hash, a snapshot that
links to them, a reference that names the snapshot), so that this program, huggingface_hub and a Space's preloading
find and share the same copy.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from huggingface_hub import constants, hf_hub_url
from huggingface_hub.file_download import repo_folder_name

from data_cache.downloads import NotThere, Progress, download, within
from models.official import OfficialFile, intact_path
from models.registry import MODELS

# The name of our snapshot. The Hub names snapshots by commits; these files are known by their hashes instead.
REVISION = "fetched-by-hash"
_LARGEST = 100_000_000  # bytes; each file has 82 MB

ShowProgress = Callable[[str], AbstractContextManager[Progress]]


def fetch_official(
    show_progress: ShowProgress,
    source: str | Path | None = None,
    cache: Path | None = None,
    keys: Iterable[str] = tuple(MODELS),
) -> list[Path]:
    """Bring the official files into the cache; a file that is there already is checked and left alone.

    A transfer that was broken off goes on where it stopped.

    Args:
        show_progress: called with a file's name; gives what receives its progress while it is open.
        source: a folder or an address that holds the files; the Hugging Face Hub where None.
        cache: folder of the Hugging Face cache; the one the environment names where None.
        keys: of which models.

    Returns:
        Where each file lies now.

    Raises:
        InputError: a file cannot be reached, or its sha256 is not the published one.
    """
    files = [file for key in keys if (file := MODELS[key].official) is not None]
    return [_fetch(file, show_progress, source, cache) for file in files]


def _fetch(file: OfficialFile, show_progress: ShowProgress, source: str | Path | None, cache: Path | None) -> Path:
    present = intact_path(file, cache)
    if present is not None:
        return present
    repository = Path(cache or constants.HF_HUB_CACHE) / repo_folder_name(repo_id=file.repository, repo_type="model")
    blob = repository / "blobs" / file.sha256
    with show_progress(file.filename) as progress:
        _bring(file, source, blob, progress)
    snapshot = repository / "snapshots" / _revision(repository)
    return _link(blob, snapshot / file.filename)


def _bring(file: OfficialFile, source: str | Path | None, blob: Path, progress: Progress) -> None:
    def locate(name: str) -> str | Path:
        return hf_hub_url(file.repository, name) if source is None else within(source, name)

    try:
        download(locate(file.filename), blob, file.sha256, progress=progress, most=_LARGEST)
    except NotThere:
        for former in file.former_names:
            with suppress(NotThere):
                download(locate(former), blob, file.sha256, progress=progress, most=_LARGEST)
                return
        raise


def _revision(repository: Path) -> str:
    """Name of the snapshot that "main" stands for; where there is none yet, ours is made so."""
    reference = repository / "refs" / "main"
    if reference.is_file():
        return reference.read_text().strip()
    reference.parent.mkdir(parents=True, exist_ok=True)
    temporary = reference.with_name("main.tmp")
    temporary.write_text(REVISION)
    temporary.replace(reference)
    return REVISION


def _link(blob: Path, place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    try:
        place.symlink_to(os.path.relpath(blob, place.parent))
    except OSError:  # a file system without links, as on Windows
        shutil.copyfile(blob, place)
    return place
