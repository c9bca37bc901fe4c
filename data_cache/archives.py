"""Folders of maps that come as one ZIP archive."""

import errno
import io
import os
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO

from data_cache.bounded_files import refuse_special
from data_cache.errors import InputError

MOST_FILES = 100_000
MOST_BYTES = 4_000_000_000  # unpacked; 900 cases of five finely shifted maps need under half of it
MOST_BYTES_IN_MEMORY = 200_000_000
_MOST_DIRECTORY = 400  # bytes a file in the table of contents; without its path an entry has 46
_END, _LONG_END = b"PK\x05\x06", b"PK\x06\x06"
_LONGEST_END = (1 << 16) + 22 + 76
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others are unpacked whole, and 300 bytes may be 200 MB
_STEP = 1 << 18
_JUNK_FOLDERS, _JUNK_FILES = {"__MACOSX", "@eaDir", "$RECYCLE.BIN"}, {"thumbs.db", "desktop.ini"}
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO, errno.EMFILE, errno.ENFILE)


def unpacked(archive: Path) -> Path:
    """Unpack an archive into a temporary folder that lives as long as the process; the same archive only once.

    Args:
        archive: a ZIP file with relative paths.

    Returns:
        The folder.

    Raises:
        InputError: the file is no readable ZIP archive, is too large, or has a path that leads out of it.
    """
    try:
        changed = archive.stat().st_mtime_ns  # first: a link that leads to itself cannot be resolved
        return _unpacked(archive.resolve(), changed)
    except OSError as error:
        raise InputError(
            f"Expected a ZIP archive in {archive.name} and room to unpack it, found neither ({error.strerror})."
        ) from error


@lru_cache(maxsize=16)
def _unpacked(archive: Path, _modified: int) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="maps-", ignore_cleanup_errors=True)
    named = Path(folder.name) / archive.name  # what a manifest calls the folder
    named.mkdir()
    try:
        unpack_into(archive, archive.name, named)
    except (InputError, OSError):
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

    Files that systems leave in archives are passed over, see `is_junk`.

    Raises:
        InputError: as in `unpacked`; something may then lie in the folder.
        OSError: there is no room on the disk.
    """
    with _opened(archive, name, MOST_FILES, most_bytes) as opened:
        for member in opened.infolist():
            if is_junk(member.filename):
                continue
            target = folder.joinpath(*_parts(member.filename))
            if member.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(member) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy, _STEP)


def read_members(
    data: bytes,
    name: str,
    most_files: int = MOST_FILES,
    wanted: Collection[str] = (),
    most_bytes: int = MOST_BYTES_IN_MEMORY,
) -> dict[str, bytes]:
    """Return files of an archive, by path, without writing any to the disk; junk and folders are left out.

    Args:
        data: the archive.
        name: what to call it in messages.
        most_files: how many it may hold.
        wanted: paths whose content is returned; the others' is empty.
        most_bytes: how large it may be, unpacked.

    Raises:
        InputError: it is no readable ZIP archive, is too large, or has a path that leads out of it.
    """
    with _opened(io.BytesIO(data), name, most_files, most_bytes) as opened:
        paths = [path for path in opened.namelist() if not (path.endswith("/") or is_junk(path))]
        return {
            path: _content(opened, path) if path in wanted else b"" for path in paths if not wanted or path in wanted
        }


def is_junk(path: str) -> bool:
    """Whether a path in an archive is of something that a system left there and nobody meant to send."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    return bool(parts) and (
        not _JUNK_FOLDERS.isdisjoint(parts)
        or parts[-1].startswith(("._", ".DS_Store"))
        or parts[-1].casefold() in _JUNK_FILES
    )


def _content(opened: zipfile.ZipFile, path: str) -> bytes:
    copy = io.BytesIO()
    with opened.open(path) as source:
        shutil.copyfileobj(source, copy, _STEP)
    return copy.getvalue()


@contextmanager
def _opened(archive: Path | IO[bytes], name: str, most_files: int, most_bytes: int) -> Iterator[zipfile.ZipFile]:
    """Open an archive; whatever breaks while its table of contents or its files are read is one sentence.

    Raises:
        InputError: as above.
        OSError: there is no room on the disk, or the like; nothing that the archive is to blame for.
    """
    try:
        _check_directory(archive, name, most_files)
        with zipfile.ZipFile(archive) as opened:
            _check(opened, name, most_files, most_bytes)
            yield opened
    except InputError:
        raise
    except Exception as error:  # strangers' bytes break parsers in any way
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)  # without its path
        reason = " ".join(said.split())[:100] or type(error).__name__
        raise InputError(
            f"Expected a ZIP archive, found {name} that cannot be read ({reason}); pack it again."
        ) from None


def _check_directory(archive: Path | IO[bytes], name: str, most_files: int) -> None:
    """Refuse a table of contents that takes long to read, by the size that the archive's end states for it."""
    if isinstance(archive, Path):
        refuse_special(archive, "a ZIP archive")
        with archive.open("rb") as file:
            end = _end_of(file)
    else:
        end = _end_of(archive)
    stated = 0
    at = end.rfind(_END)
    if 0 <= at <= len(end) - 22:
        stated = struct.unpack_from("<I", end, at + 12)[0]
    at = end.rfind(_LONG_END)
    if 0 <= at <= len(end) - 56:
        stated = max(struct.unpack_from("<Q", end, at + 40)[0], 0 if stated == 0xFFFFFFFF else stated)
    if stated > most_files * _MOST_DIRECTORY and stated != 0xFFFFFFFF:
        raise InputError(f"Expected at most {most_files:,} files in {name}, found far more: split it.")


def _end_of(file: IO[bytes]) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LONGEST_END))
    end = file.read()
    file.seek(0)
    return end


_kept: list[tempfile.TemporaryDirectory[str]] = []  # deleted when the process ends, or is about to


def discard_unpacked() -> None:
    """Delete what `unpacked` has unpacked, for a process that ends without its exit handlers."""
    _unpacked.cache_clear()
    while _kept:
        _kept.pop().cleanup()


def _check(opened: zipfile.ZipFile, name: str, most_files: int, most_bytes: int) -> None:
    members = [member for member in opened.infolist() if not is_junk(member.filename)]
    size = sum(member.file_size for member in members)
    if len(members) > most_files or size > most_bytes:
        raise InputError(
            f"Expected at most {most_files:,} files and {most_bytes:,} bytes in {name}, found {len(members):,} and "
            f"{size:,}: split it."
        )
    for member in members:
        if member.compress_type not in _BOUNDED:
            raise InputError(
                f"Expected files in {name} that are stored or deflated, found one packed by another method; pack it "
                "again in the usual way."
            )
        path = PurePosixPath("/".join(_parts(member.filename)))
        if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
            raise InputError(f"Expected paths inside {name}, found one that leads out of it.")


def _parts(path: str) -> list[str]:
    """The parts of a path in an archive; some programs separate them by backslashes."""
    return path.replace("\\", "/").split("/")
