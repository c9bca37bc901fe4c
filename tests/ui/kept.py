"""A store for tests: arrays stay in memory, under addresses as the page gets them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ARRAYS: dict[str, NDArray[Any]] = {}


def keep(array: NDArray[Any]) -> dict[str, Any]:
    """Keep an array as `ui.shelf.Shelf` lays one out."""
    url = f"array-{len(_ARRAYS)}"
    _ARRAYS[url] = np.array(array)
    return {"file": {"url": url}, "dtype": array.dtype.name, "shape": list(array.shape)}


def kept(part: Mapping[str, Any]) -> NDArray[Any]:
    """The array of a part of a message."""
    return _ARRAYS[part["file"]["url"]]
