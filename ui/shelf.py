"""Files for the browser: arrays, pictures and exports, each in the folder of the visitor that it was made for."""

import errno
import hashlib
import os
import secrets
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.context import LocalContext
from gradio.route_utils import get_root_url
from numpy.typing import NDArray

from data_cache.errors import InputError
from ui.film import packed
from ui.room import room_of
from ui.visitors import current_client, current_visitor

_WORTH_IT = 4096  # bytes
_PICTURE = 2  # dimensions
_ASKED_AT = "/gradio_api/queue/join"  # all that lays arrays out


class Shelf:
    """Lays files out where only the visitor of the current request can fetch them; they are swept in time.

    A visitor's oldest files make room for new ones.

    Args:
        folder: Gradio's. Where it is gone, nothing makes it anew: the app is ending.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._room = room_of(self._folder)
        self._secret = secrets.token_bytes(32)

    def __call__(self, array: NDArray[Any]) -> dict[str, Any]:
        """Return {file, dtype, shape} of an array; little endian, rows first, packed as its name's ending says.

        Raises:
            InputError: the disk does not take it.
        """
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        path = self._laid_out(*smallest(little))
        return {"file": {"url": _address(path)}, "dtype": array.dtype.name, "shape": list(array.shape)}

    def lay_out(self, data: bytes, name: str) -> dict[str, Any]:
        """Lay a file out under its name and return its address, the same for the same visitor and content.

        Raises:
            InputError: the disk does not take it, or others have filled the room for files.
        """
        path = self._laid_out(data, name)
        return gr.FileData(path=str(path), orig_name=path.name).model_dump()

    def _laid_out(self, data: bytes, name: str) -> Path:
        folder = self._folder / current_visitor()
        place = folder / hashlib.blake2b(data, key=self._secret, digest_size=16).hexdigest()
        path = place / Path(name).name
        try:
            self._room.claim(path, current_client(), len(data))
            for made in (folder, place):
                made.mkdir(mode=0o700, exist_ok=True)
            _write(path, data)
        except OSError as error:
            reason = "the disk is full" if error.errno == errno.ENOSPC else (error.strerror or "that failed")
            raise InputError(f"Expected to lay out the maps on the server, but {reason}; try again later.") from error
        return path


def _address(path: Path) -> str:
    """Where the browser fetches a file, as Gradio would say it.

    A message has a dozen arrays, and Gradio would look for each in all folders that it serves, which takes longer than
    everything else about a listed case that is known.
    """
    request = getattr(LocalContext.request.get(None), "request", None)
    root = get_root_url(request, _ASKED_AT, os.environ.get("GRADIO_ROOT_PATH")) if request is not None else ""
    return f"{root}/gradio_api/file={path}"


def smallest(array: NDArray[Any]) -> tuple[bytes, str]:
    """The bytes of a little-endian array and a name that says how they are packed.

    Pictures go as a film's tiles, masks by zlib; all else, and what is packed already, as it is.
    """
    data = array.tobytes()
    if array.dtype != np.uint8 or len(data) < _WORTH_IT:
        return data, "array.bin"
    if array.ndim == _PICTURE:
        return packed([array]).tobytes(), "array.tile"
    if len(zlib.compress(data[:_WORTH_IT], 1)) < _WORTH_IT / 2:  # what is packed already is not tried in vain
        return zlib.compress(data, 1), "array.z"
    return data, "array.bin"


def _write(path: Path, data: bytes) -> None:
    """Write a file, whole for whoever is reading it; one that is there stays, and counts as new."""
    with suppress(FileNotFoundError):
        return os.utime(path)
    new = path.with_name(f"new-{secrets.token_hex(8)}")
    try:
        new.write_bytes(data)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
