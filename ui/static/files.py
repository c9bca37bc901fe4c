"""The files of a site: below one folder, named by their content, told of by relative addresses."""

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ui.shelf import smallest
from ui.static.curves import squeezed

DATA, PAGE, DEVICE = "data", "page", "device"  # folders of what is known, what shows it, what devices compute with
_USUAL = 6  # zlib's level of web servers
_ADDRESS = re.compile(rf"{DATA}/[0-9a-f]{{20}}\.\w+")


class Files:
    """Writes the files of a site, each content once; arrays and what is laid out, when a value that names them is.

    Args:
        root: the site's folder, which is there.

    Attributes:
        kinds: what each file is part of, by address.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.kinds: dict[str, str] = {}
        self._kind = "the page"
        self._waiting: dict[str, bytes] = {}

    @contextmanager
    def part(self, kind: str) -> Iterator[None]:
        """Say what the files are part of that are written inside."""
        before, self._kind = self._kind, kind
        try:
            yield
        finally:
            self._kind = before

    def array(self, array: NDArray[Any]) -> dict[str, Any]:
        """Take an array; returns {file, dtype, shape} as `ui.shelf` does: little endian, rows first.

        How it is packed stands behind "#", which asks for no other file: the film of a square radiograph and what the
        models see of it may be the same bytes.
        """
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        data, name = smallest(little)
        address = self._wait(_tightened(data) if little.dtype == np.uint8 else data, ".bin")
        packing = Path(name).suffix
        url = address if packing == ".bin" else f"{address}#{packing}"
        return {"file": {"url": url}, "dtype": array.dtype.name, "shape": list(array.shape)}

    def lay_out(self, data: bytes, name: str) -> dict[str, Any]:
        """Take a file; returns its address as a message names it.

        Args:
            data: of the file.
            name: whose ending it gets.
        """
        return {"url": self._wait(data, Path(name).suffix)}

    def value(self, value: Any) -> str:
        """Write a JSON value, and what it names of arrays and files; returns its address."""
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
        for address in _ADDRESS.findall(text):
            if address in self._waiting:
                self.named(address, self._waiting.pop(address))
        return self.write(text.encode(), ".json")

    def _wait(self, data: bytes, suffix: str) -> str:
        address = _address(data, suffix, DATA)
        if address not in self.kinds:
            self._waiting[address] = data
        return address

    def write(self, data: bytes, suffix: str, folder: str = DATA) -> str:
        """Write bytes under their hash; returns the address below the site's root, with slashes."""
        return self.named(_address(data, suffix, folder), data)

    def named(self, address: str, data: bytes) -> str:
        """Write a file under a name; returns it."""
        if address not in self.kinds:
            path = self._root / address
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self.kinds[address] = self._kind
        return address

    def sizes(self, root: Path) -> dict[str, tuple[int, int]]:
        """Bytes of each file as it is, and packed by gzip where that is less, by address.

        Args:
            root: the folder where the site is now.
        """
        whole = ((address, (root / address).read_bytes()) for address in self.kinds)
        return {
            address: (len(data), min(len(data), len(gzip.compress(data, _USUAL, mtime=0)))) for address, data in whole
        }


def _address(data: bytes, suffix: str, folder: str) -> str:
    return f"{folder}/{hashlib.sha256(data).hexdigest()[:20]}{suffix}"


def _tightened(data: bytes) -> bytes:
    """A zlib stream packed harder; anything else as it is."""
    with suppress(zlib.error):
        return squeezed(zlib.decompress(data))
    return data
