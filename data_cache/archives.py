"""Folders of maps that come as one ZIP archive."""

import tempfile
import zipfile
import zlib
from collections.abc import Collection
from functools import lru_cache
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from data_cache.errors import InputError

MOST_FILES = 100_000
MOST_BYTES = 4_000_000_000  # unpacked; 900 cases of five finely shifted maps need under half of it
MOST_BYTES_IN_MEMORY = 200_000_000
_DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error)


def unpacked(archive: Path) -> Path:
    """Unpack an archive into a temporary folder that lives as long as the process; the same archive only once.

    Args:
        archive: a ZIP file with relative paths.

    Returns:
        The folder.

    Raises:
        InputError: the file is no readable ZIP archive, is too large, or has a path that leads out of it.
    """
    return _unpacked(archive.resolve(), archive.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _unpacked(archive: Path, _modified: int) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="maps-", ignore_cleanup_errors=True)
    named = Path(folder.name) / archive.name  # what a manifest calls the folder
    named.mkdir()
    try:
        unpack_into(archive, archive.name, named)
    except InputError:
        folder.cleanup()
        raise
    _kept.append(folder)
    return named


def unpack_into(archive: Path | IO[bytes], name: str, folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Unpack an archive into a folder.

    Args:
        archive: a ZIP file with relative paths.
        name: what to call it in messages.
        folder: exists.
        most_bytes: how large it may be, unpacked.

    Raises:
        InputError: as in `unpacked`; something may then lie in the folder.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            _check(opened, name, MOST_FILES, most_bytes)
            opened.extractall(folder)
    except _DAMAGED as error:
        raise InputError(f"Expected a ZIP archive, found {name} that cannot be read ({error}).") from None


def read_members(
    data: bytes, name: str, most_files: int = MOST_FILES, wanted: Collection[str] = ()
) -> dict[str, bytes]:
    """Return files of an archive, by path, without writing any to the disk.

    Args:
        data: the archive.
        name: what to call it in messages.
        most_files: how many it may hold.
        wanted: paths whose content is returned; the others' is empty, and folders are left out.

    Raises:
        InputError: it is no readable ZIP archive, is too large, or has a path that leads out of it.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as opened:
            _check(opened, name, most_files, MOST_BYTES_IN_MEMORY)
            paths = [path for path in opened.namelist() if not path.endswith("/") and (not wanted or path in wanted)]
            return {path: opened.read(path) if path in wanted else b"" for path in paths}
    except _DAMAGED as error:
        raise InputError(f"Expected a ZIP archive, found {name} that cannot be read ({error}).") from None


_kept: list[tempfile.TemporaryDirectory[str]] = []  # deleted when the process ends, or is about to


def discard_unpacked() -> None:
    """Delete what `unpacked` has unpacked, for a process that ends without its exit handlers."""
    _unpacked.cache_clear()
    while _kept:
        _kept.pop().cleanup()


def _check(opened: zipfile.ZipFile, name: str, most_files: int, most_bytes: int) -> None:
    members = opened.infolist()
    size = sum(member.file_size for member in members)
    if len(members) > most_files or size > most_bytes:
        raise InputError(
            f"Expected at most {most_files:,} files and {most_bytes:,} bytes in {name}, found {len(members):,} and "
            f"{size:,}: split it."
        )
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
            raise InputError(f"Expected paths inside {name}, found {member.filename!r}, which leads out of it.")
