"""Keeping image libraries from talking past us: what they warn about either stops the reading or does not matter.

Their warnings may also quote the file, and no tag of a DICOM file may leave its reader.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

_LOCK = threading.RLock()  # the filters belong to the whole process; two readers must not restore each other's


@contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings; Pillow's about decompression bombs becomes an error."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield
