"""Hashes of files, each made once in a process; nothing here needs PyTorch."""

from pathlib import Path

from data_cache.downloads import fingerprint as hash_file

_known: dict[tuple[Path, int, int], str] = {}


def fingerprint(path: Path) -> str:
    """Hash a file's content (sha256, 64 hex digits); a file that did not change is hashed once in a process.

    Raises:
        OSError: the file cannot be read.
    """
    status = path.stat()
    key = (path.resolve(), status.st_mtime_ns, status.st_size)
    if key not in _known:
        _known[key] = hash_file(path)
    return _known[key]
