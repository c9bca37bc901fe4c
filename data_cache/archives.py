"""Folders of maps that come as one ZIP archive."""

import tempfile
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path, PurePosixPath

from data_cache.errors import InputError

MOST_FILES = 100_000
MOST_BYTES = 4_000_000_000  # unpacked; 900 cases of five finely shifted maps need under half of it


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
    try:
        with zipfile.ZipFile(archive) as opened:
            _check(opened, archive.name)
            opened.extractall(folder.name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        folder.cleanup()
        raise InputError(f"Expected a ZIP archive, found {archive.name} that cannot be read ({error}).") from None
    except InputError:
        folder.cleanup()
        raise
    _kept.append(folder)
    return Path(folder.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []  # deleted when the process ends


def _check(opened: zipfile.ZipFile, name: str) -> None:
    members = opened.infolist()
    size = sum(member.file_size for member in members)
    if len(members) > MOST_FILES or size > MOST_BYTES:
        raise InputError(
            f"Expected at most {MOST_FILES:,} files and {MOST_BYTES:,} bytes in {name}, found {len(members):,} and "
            f"{size:,}: split it."
        )
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise InputError(f"Expected paths inside {name}, found {member.filename!r}, which leads out of it.")
