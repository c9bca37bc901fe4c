"""Taking uploads from the disk, where Gradio puts them, into memory."""

from contextlib import suppress
from pathlib import Path

from data_cache.errors import InputError


def take_upload(path: str, name: str, uploaded: set[str]) -> bytes:
    """Return the bytes of an uploaded file and delete it: nothing of it stays on disk.

    Args:
        path: where the file is, as the browser was told and says again.
        name: what the visitor calls it.
        uploaded: the paths of all files that were uploaded, from which this one is taken out; anything else is refused,
            whatever it names.

    Raises:
        InputError: there is no such upload.
    """
    file = Path(path)
    if path not in uploaded or not file.is_file():
        raise InputError(f"{name}: expected a file that was just uploaded, found none; choose it again.")
    try:
        return file.read_bytes()
    finally:
        uploaded.discard(path)
        with suppress(OSError):
            file.unlink()
            file.parent.rmdir()  # Gradio makes a folder for each upload
