"""The app's own folder, for what visitors bring and what is made for them: private, swept, and gone with the app.

It holds `files`, which Gradio and `Shelf` fill and the browser fetches from, and `work`, for what is being computed. An
app that was killed cannot clear up; the next one does it. The folder is locked while its app lives, by the system,
which lets go of the lock whatever way the app ends.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import time

from data_cache.errors import InputError
from data_cache.locking import Lock, LockedError

DELETE_EVERY, DELETE_AFTER = 60, 480  # seconds; whatever is on disk is gone within ten minutes
_PLACE = "GRADIO_TEMP_DIR"
_PREFIX = "medicalpatchnet-explorer-"
_LOCK = "lock"


@contextmanager
def own_folder(every: float = DELETE_EVERY, after: float = DELETE_AFTER) -> Iterator[Path]:
    """Make a folder below the one that GRADIO_TEMP_DIR names (or the system's), and give its `files` to Gradio.

    What apps that live no longer have left there goes first. Gradio deletes in time what it knows of, but not what a
    connection that broke during an upload leaves; that is swept.

    Raises:
        InputError: no folder can be made there.
    """
    named = os.environ.get(_PLACE)
    place = Path(named or tempfile.gettempdir())
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        clear_left_behind(place)
        folder, lock = _locked_folder(place)
    except OSError as error:
        where = named or "the system's temporary folder"
        raise InputError(
            f"Expected a folder that can be written at {where}, but {error.strerror or 'it cannot'}; name another by "
            f"{_PLACE}."
        ) from None
    files, over = folder / "files", Event()
    try:
        for made in (files, folder / "work"):
            made.mkdir(mode=0o700)
        os.environ[_PLACE] = str(files)
        Thread(target=_sweep_on, args=(files, every, after, over), name="sweep", daemon=True).start()
        yield files
    finally:
        over.set()
        _remove(folder, lock)


def work_folder(prefix: str) -> "tempfile.TemporaryDirectory[str]":
    """A folder for something that is being computed: in the app's own, or in the system's where no app runs."""
    named = os.environ.get(_PLACE)
    where = Path(named).with_name("work") if named else None
    return tempfile.TemporaryDirectory(prefix=prefix, dir=where, ignore_cleanup_errors=True)


def clear_left_behind(place: Path) -> None:
    """Delete the folders of apps that live no longer."""
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError, LockedError):  # somebody else's, or just gone, or its app lives
            if not folder.is_symlink() and _is_mine(folder):
                lock = Lock(folder / _LOCK)
                if lock.held:  # not every network drive has locks: there nothing is taken for left behind
                    lock.release()
                    shutil.rmtree(folder, ignore_errors=True)


def _is_mine(folder: Path) -> bool:
    """Whether this user made the folder; on Windows, only this user can see it."""
    return not hasattr(os, "geteuid") or folder.stat().st_uid == os.geteuid()


def _locked_folder(place: Path) -> tuple[Path, Lock]:
    """A new folder and its lock; another app that starts just now may take it for left behind, and delete it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        with suppress(FileNotFoundError, LockedError):
            lock = Lock(folder / _LOCK)
            if (folder / _LOCK).exists():
                return folder, lock
            lock.release()


def _remove(folder: Path, lock: Lock) -> None:
    """Delete the folder. Under another name first: no thread that still works finds a place to write in meanwhile."""
    gone = folder.with_name(f"{folder.name}-gone")
    try:
        folder.rename(gone)
    except OSError:  # as Windows says of a folder with an open file in it
        gone = folder
    lock.release()
    shutil.rmtree(gone, ignore_errors=True)


def _sweep_on(folder: Path, every: float, after: float, over: Event) -> None:
    while not over.wait(every):
        sweep(folder, after)


def sweep(folder: Path, age: float) -> None:
    """Delete what is below a folder and older than so many seconds, whoever left it there: files, and empty folders."""
    for path, made in reversed(list(_below(folder))):
        if time() - made > age:
            with suppress(OSError):  # gone already, or a folder that is not empty
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    path.unlink()


def _below(folder: Path) -> Iterator[tuple[Path, float]]:
    """Everything below a folder with the time of its last change, folders before what is in them."""
    for path in sorted(folder.rglob("*")):
        with suppress(OSError):
            yield path, path.lstat().st_mtime
