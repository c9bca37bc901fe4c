"""Uploads on their way from the disk, where `Receiver` has put them, into memory.

An upload belongs to the visitor who brought it: the folder that it lies in is named after both.
"""

import secrets
from contextlib import suppress
from pathlib import Path

from data_cache.errors import InputError
from data_cache.images import reading_bytes
from ui.memory import Budget, Share
from ui.visitors import current_visitor


def new_folder(visitor: str) -> str:
    """A name for the folder of a visitor's next upload, that nobody can guess."""
    return f"{_beginning(visitor)}{secrets.token_hex(16)}"


def _beginning(visitor: str) -> str:
    return f"upload-{visitor}-"


class Upload:
    """One uploaded file, which is still on the disk and leaves it when it is taken, or its `with` block ends.

    Args:
        path: where the file is, as the browser was told and says again.
        name: what the visitor calls it.
        uploaded: the paths of all files that were uploaded, from which this one is taken out.

    Raises:
        InputError: there is no such upload of the visitor whose request this is, whatever the path names.
    """

    def __init__(self, path: str, name: str, uploaded: set[str]) -> None:
        self.name = name
        self._path, self._text, self._uploaded = Path(path), path, uploaded
        if path not in uploaded or not self._is_own() or not self._path.is_file():
            raise self._gone()

    def __enter__(self) -> "Upload":
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def share(self, budget: Budget) -> Share:
        """Stand in line for the memory that reading it as an image takes.

        Raises:
            InputError: there will never be so much, or the file is gone.
        """
        try:
            return budget.share(reading_bytes(self._path), self.name)
        except FileNotFoundError:
            raise self._gone() from None

    def take(self) -> bytes:
        """Return its bytes and delete it: nothing of it stays on disk.

        Raises:
            InputError: it was taken or swept meanwhile.
        """
        if self._text not in self._uploaded:
            raise self._gone()
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            raise self._gone() from None
        finally:
            self.drop()

    def drop(self) -> None:
        """Delete it."""
        self._uploaded.discard(self._text)
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
            self._path.parent.rmdir()  # each file of an upload has a folder of its own, in one of the upload's
            self._path.parents[1].rmdir()

    def _is_own(self) -> bool:
        parents = self._path.parents
        return len(parents) > 1 and parents[1].name.startswith(_beginning(current_visitor()))

    def _gone(self) -> InputError:
        return InputError(f"{self.name}: expected a file that was just uploaded, found none; choose it again.")


def share_for(file: Upload | bytes, name: str, budget: Budget) -> Share:
    """Stand in line for the memory that reading an image takes, uploaded or in memory already; see `Upload.share`."""
    return budget.share(reading_bytes(file), name) if isinstance(file, bytes) else file.share(budget)


def take_upload(path: str, name: str, uploaded: set[str]) -> bytes:
    """Return the bytes of an uploaded file and delete it; see `Upload`.

    Raises:
        InputError: there is no such upload.
    """
    return Upload(path, name, uploaded).take()
