"""Small safetensors files with text metadata: written whole or not at all, never pickled."""

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import numpy as safetensors_numpy

from data_cache.errors import InputError
from data_cache.json_text import SMALL, parse_json
from data_cache.safetensors_order import in_order

_UNFINISHED = ".partial"
MOST_BYTES = 1 << 29  # 14 maps of 3000×3000


class DamagedFile(InputError):  # noqa: N818  the name says what is there
    """A stored file cannot be read; whoever can compute it again should."""


def write_tensors(path: Path, tensors: Mapping[str, NDArray], metadata: Mapping[str, str]) -> None:
    """Write arrays and text metadata as one safetensors file.

    The file appears under its name only when it is complete: it is written beside it, flushed, then renamed.

    Args:
        path: the file; missing folders are made.
        tensors: arrays of any shape in a safetensors dtype.
        metadata: text by name.
    """
    write_bytes(path, tensor_bytes(tensors, metadata))


def tensor_bytes(tensors: Mapping[str, NDArray], metadata: Mapping[str, str]) -> bytes:
    """Arrays and text metadata as one safetensors file; the same ones give the same bytes.

    The one way by which numpy's arrays become files: `safetensors.numpy` writes memory as it lies, so that transposed
    and broadcast arrays, and what numpy makes of them (`np.array`, `np.stack`), would come back scrambled.

    Args:
        tensors: arrays of any shape and any order in memory, in a safetensors dtype.
        metadata: text by name.
    """
    ordered = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    return in_order(safetensors_numpy.save(ordered, metadata=dict(metadata)))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the whole new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=_UNFINISHED)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101  mkstemp makes it private, which other readers of a cache trip over
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def clear_unfinished(folder: Path) -> None:
    """Delete what writers that were killed left below a folder, into which nobody else writes."""
    for path in folder.rglob(f".*{_UNFINISHED}"):
        path.unlink(missing_ok=True)


def writable_folder(path: Path) -> None:
    """Make a folder for results, and see that files can be written there, before hours are spent on them.

    Raises:
        InputError: it cannot be made, or nothing can be written into it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise InputError(
            f"Expected a folder for results at {path}, found that nothing can be written there ({error.strerror}); "
            "name another one."
        ) from error


def read_tensors(path: Path) -> tuple[dict[str, NDArray], dict[str, str]]:
    """Read a file that `write_tensors` wrote: (arrays by name, text by name).

    Raises:
        FileNotFoundError: there is no such file.
        DamagedFile: there is one, but it is too large, cut short or no safetensors file.
    """
    refusal = DamagedFile(
        f"Expected a whole safetensors file in {path.name}, found a damaged one; delete it to have it made again."
    )
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:  # a named pipe would be waited for
            raise refusal
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DamagedFile(
            f"Expected a safetensors file in {path.name}, found something that cannot be read ({error.strerror})."
        ) from error
    try:
        metadata = _metadata(content, path.name)
        return safetensors_numpy.load(content), metadata
    except Exception as error:  # strangers' bytes break parsers in any way
        raise refusal from error


def _metadata(content: bytes, name: str) -> dict[str, str]:
    """The text metadata of a safetensors file (8 bytes of length, then JSON)."""
    length = int.from_bytes(content[:8], "little")
    header = parse_json(content[8 : 8 + length], name, "the header of a safetensors file", SMALL)
    metadata = header.get("__metadata__") or {}
    if not all(isinstance(value, str) for value in metadata.values()):
        raise TypeError("metadata that is no text")
    return metadata


def entry_name(**parts: object) -> str:
    """Return a file name for an entry of the store: the hash of the parts that identify it (32 hexadecimal digits).

    Equal parts give equal names in any order; the parts must be JSON values.
    """
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
