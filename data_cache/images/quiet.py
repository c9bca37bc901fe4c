"""Keeping image libraries from talking past us: what they warn about either stops the reading or does not matter.

Their warnings may also quote the file, and no tag of a DICOM file may leave its reader.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from PIL import Image


class _SharedFilters:
    """Warning filters belong to the whole process: the first reader sets them, the last one out takes them back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers = 0
        self._filters = ExitStack()

    def enter(self) -> None:
        with self._lock:
            if self._readers == 0:
                self._filters.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", Image.DecompressionBombWarning)
            self._readers += 1

    def leave(self) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                self._filters.close()


_FILTERS = _SharedFilters()


@contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings; Pillow's about decompression bombs becomes an error. Readers may overlap in threads."""
    _FILTERS.enter()
    try:
        yield
    finally:
        _FILTERS.leave()
