"""The folder in which Gradio lays out uploads and arrays: the app's own, gone with it, and swept while it runs."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import time

from data_cache.errors import InputError

DELETE_EVERY, DELETE_AFTER = 60, 480  # seconds; whatever is on disk is gone within ten minutes
_PLACE = "GRADIO_TEMP_DIR"


@contextmanager
def own_folder(every: float = DELETE_EVERY, after: float = DELETE_AFTER) -> Iterator[Path]:
    """Make a folder below the one that GRADIO_TEMP_DIR names (or the system's), and give it to Gradio.

    Gradio deletes in time what it knows of, but not what a connection that broke during an upload leaves.

    Raises:
        InputError: no folder can be made there.
    """
    named = os.environ.get(_PLACE)
    try:
        if named:
            Path(named).mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix="explorer-", dir=named, ignore_cleanup_errors=True)
    except OSError as error:
        where = named or "the system's temporary folder"
        raise InputError(
            f"Expected a folder that can be written at {where}, but {error.strerror or 'it cannot'}; name another by "
            f"{_PLACE}."
        ) from None
    over = Event()
    with folder as place:
        os.environ[_PLACE] = place
        Thread(target=_sweep_on, args=(Path(place), every, after, over), name="sweep", daemon=True).start()
        try:
            yield Path(place)
        finally:
            over.set()


def _sweep_on(folder: Path, every: float, after: float, over: Event) -> None:
    while not over.wait(every):
        sweep(folder, after)


def sweep(folder: Path, age: float) -> None:
    """Delete the files below a folder that are older than so many seconds, whoever left them there."""
    for file in folder.rglob("*"):
        with suppress(OSError):  # gone already
            if not file.is_dir() and time() - file.lstat().st_mtime > age:
                file.unlink()
