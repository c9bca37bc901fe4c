"""Taking uploads from the disk, where Gradio puts them, into memory."""

from contextlib import suppress
from pathlib import Path

from data_cache.errors import InputError


def take_upload(path: str, name: str, folder: Path) -> bytes:
    """Return the bytes of an uploaded file and delete it: nothing of it stays on disk.

    Args:
        path: where the file is, as the browser was told.
        name: what the visitor calls it.
        folder: where uploads are put; anything outside is refused, also through links.

    Raises:
        InputError: there is no such upload.
    """
    file = Path(path).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise InputError(f"{name}: expected a file that was just uploaded, found none; choose it again.")
    try:
        return file.read_bytes()
    finally:
        with suppress(OSError):
            file.unlink()
