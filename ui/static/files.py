"""The files of a site: below one folder, named by their content, told of by relative addresses."""

import gzip
import hashlib
import json
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ui.shelf import smallest

DATA, PAGE, DEVICE = "data", "page", "device"  # folders of what is known, what shows it, what devices compute with
_HARD, _USUAL = 9, 6  # zlib's levels: of what is written once and fetched often; of web servers


class Files:
    """Writes the files of a site, each content once.

    Args:
        root: the site's folder, which is there.

    Attributes:
        sizes: bytes of each file as it is, and packed by gzip where that is less, by address.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.sizes: dict[str, tuple[int, int]] = {}

    def array(self, array: NDArray[Any]) -> dict[str, Any]:
        """Write an array; returns {file, dtype, shape} as `ui.shelf` does: little endian, rows first.

        How it is packed stands behind "#", which asks for no other file: the film of a square radiograph and what the
        models see of it may be the same bytes.
        """
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        data, name = smallest(little)
        address = self.write(_tightened(data) if little.dtype == np.uint8 else data, ".bin")
        packing = Path(name).suffix
        url = address if packing == ".bin" else f"{address}#{packing}"
        return {"file": {"url": url}, "dtype": array.dtype.name, "shape": list(array.shape)}

    def lay_out(self, data: bytes, name: str) -> dict[str, Any]:
        """Write a file; returns its address as a message names it.

        Args:
            data: of the file.
            name: whose ending it gets.
        """
        return {"url": self.write(data, Path(name).suffix)}

    def value(self, value: Any) -> str:
        """Write a JSON value; returns its address."""
        return self.write(json.dumps(value, separators=(",", ":"), allow_nan=False).encode(), ".json")

    def write(self, data: bytes, suffix: str, folder: str = DATA) -> str:
        """Write bytes under their hash; returns the address below the site's root, with slashes."""
        return self.named(f"{folder}/{hashlib.sha256(data).hexdigest()[:20]}{suffix}", data)

    def named(self, address: str, data: bytes) -> str:
        """Write a file under a name; returns it."""
        if address not in self.sizes:
            path = self._root / address
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self.sizes[address] = len(data), min(len(data), len(gzip.compress(data, _USUAL, mtime=0)))
        return address


def _tightened(data: bytes) -> bytes:
    """A zlib stream packed harder; anything else as it is."""
    with suppress(zlib.error):
        return zlib.compress(zlib.decompress(data), _HARD)
    return data
