"""Files that torch.save wrote, read without PyTorch: the pickle by the restricted reader, the numbers by NumPy.

Two forms are known: the ZIP archive (since PyTorch 1.6), with one member a storage, and the older stream of pickles
with the storages behind them. A tensor becomes a `PickledTensor`, whose numbers are looked at when they are asked for:
a small file may describe a tensor of any size.
"""

import io
import math
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from data_cache.restricted_pickle import Admit, Budget, Damaged, Function, PickleReader, Refused, checked_keys

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_ZIP_START = b"PK\x03\x04"
_ZIP_ENTRY = b"PK\x01\x02"
_BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    LookupError,
    ValueError,
    ArithmeticError,
    RuntimeError,  # also NotImplementedError
    OSError,
    EOFError,
    struct.error,
)
_MOST_MEMBERS = 20_000
_MOST_DIMENSIONS = 16
_MOST_ELEMENTS = 1 << 40

# NumPy has no bfloat16, which is the upper half of a float32: `PickledTensor.array` widens it
_BFLOAT16 = np.dtype([("bfloat16", "<u2")])

_STORAGE_TYPES: Mapping[str, np.typing.DTypeLike] = MappingProxyType(
    {
        "BFloat16Storage": _BFLOAT16,
        "DoubleStorage": "float64",
        "FloatStorage": "float32",
        "HalfStorage": "float16",
        "LongStorage": "int64",
        "IntStorage": "int32",
        "ShortStorage": "int16",
        "CharStorage": "int8",
        "ByteStorage": "uint8",
        "BoolStorage": "bool",
    }
)


@dataclass(frozen=True)
class StorageType:
    """What stands for torch.FloatStorage and its like."""

    dtype: np.dtype


@dataclass(eq=False)
class Storage:
    """Numbers in a row, in bytes of the file; there are none until the end of the file has been read."""

    dtype: np.dtype
    count: int
    content: memoryview | None = None

    def fill(self, content: memoryview) -> None:
        """Take the bytes.

        Raises:
            Damaged: there are more or less of them than was said.
        """
        if len(content) != self.count * self.dtype.itemsize:
            raise Damaged("a storage of another size than announced")
        self.content = content


@dataclass(frozen=True, eq=False)
class PickledTensor:
    """A tensor as the pickle describes it: `shape`, `strides` and `offset` count elements of the storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """How much memory `array` takes."""
        return math.prod(self.shape) * (4 if self.storage.dtype == _BFLOAT16 else self.storage.dtype.itemsize)

    def array(self) -> NDArray:
        """Copy the numbers into an array of their own, of the tensor's shape and type; bfloat16 becomes float32.

        Raises:
            Damaged: the tensor reaches beyond its storage, or repeats it to be larger than it (a stride of 0 makes a
                tensor of any size from one number).
        """
        storage = self.storage
        if storage.content is None:
            raise Damaged("a tensor without numbers")
        if 0 in self.shape:
            return np.empty(self.shape, np.float32 if storage.dtype == _BFLOAT16 else storage.dtype)
        last = self.offset + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        if last >= storage.count or math.prod(self.shape) > storage.count:
            raise Damaged("a tensor that is larger than its storage")
        numbers = np.frombuffer(storage.content, np.uint8 if storage.dtype == bool else storage.dtype)[self.offset :]
        steps = tuple(stride * numbers.itemsize for stride in self.strides)
        placed: NDArray = as_strided(numbers, self.shape, steps)
        if storage.dtype == _BFLOAT16:
            return (placed["bfloat16"].astype(np.uint32) << 16).view(np.float32)
        return placed.astype(storage.dtype)


def _rebuild_tensor(
    storage: object, offset: object, shape: object, strides: object, _grad: object, _hooks: object, bits: object = None
) -> PickledTensor:
    """Stand in for torch._utils._rebuild_tensor_v2."""
    if not isinstance(storage, Storage) or type(offset) is not int or offset < 0:
        raise Damaged("a tensor without a storage")
    if bits:
        raise Refused("a tensor with a conjugate or negative bit")
    shape, strides = _sizes(shape), _sizes(strides)
    if len(shape) != len(strides) or math.prod(max(size, 1) for size in shape) > _MOST_ELEMENTS:
        raise Damaged("a shape that is none")
    return PickledTensor(storage, offset, shape, strides)


def _sizes(numbers: object) -> tuple[int, ...]:
    if not isinstance(numbers, tuple) or len(numbers) > _MOST_DIMENSIONS:
        raise Damaged("a shape that is none")
    if not all(type(number) is int and 0 <= number <= _MOST_ELEMENTS for number in numbers):
        raise Damaged("a shape that is none")
    return numbers


def _make_set(members: object = ()) -> set[object]:
    if not isinstance(members, list | tuple):
        raise Damaged("a set of something else")
    return set(checked_keys(list(members)))


def _rebuild_parameter(data: object, _grad: object, _hooks: object, _state: object = None) -> PickledTensor:
    """Stand in for torch._utils._rebuild_parameter: a parameter is its tensor."""
    if not isinstance(data, PickledTensor):
        raise Damaged("a parameter that is no tensor")
    return data


def _rebuild_typed(rebuild: object, _type: object, arguments: object, _state: object) -> object:
    """Stand in for torch._tensor._rebuild_from_type_v2, by which tensors with attributes are saved."""
    if rebuild is not _REBUILD_TENSOR or not isinstance(arguments, tuple):
        raise Refused("a tensor of another type")
    return _REBUILD_TENSOR.make(*arguments)


_REBUILD_TENSOR = Function(_rebuild_tensor)

# What every file of tensors names. OrderedDict takes no arguments: its items are set by instructions.
_COMMON: Mapping[tuple[str, str], object] = MappingProxyType(
    {
        ("collections", "OrderedDict"): Function(lambda: OrderedDict()),
        ("builtins", "set"): Function(_make_set),
        ("torch._utils", "_rebuild_tensor_v2"): _REBUILD_TENSOR,
        ("torch._utils", "_rebuild_parameter"): Function(_rebuild_parameter),
        ("torch._utils", "_rebuild_parameter_with_state"): Function(_rebuild_parameter),
        ("torch._tensor", "_rebuild_from_type_v2"): Function(_rebuild_typed),
        ("torch", "Tensor"): "torch.Tensor",  # the type that goes with it
        ("torch", "Size"): Function(_sizes),
        **{("torch", name): StorageType(np.dtype(dtype)) for name, dtype in _STORAGE_TYPES.items()},
    }
)


def admit_tensors(module: str, name: str) -> object:
    """Let in what tensors are made of, and nothing else."""
    return _COMMON.get((module, name))


def read_saved(content: bytes, admit: Admit, budget: Budget) -> object:
    """Read a file of either form; arguments and errors are those of `read_stream`."""
    if content.startswith(_ZIP_START):
        return read_archive(content, admit, budget)
    return read_stream(memoryview(content), admit, budget)


def read_stream(content: memoryview, admit: Admit, budget: Budget) -> object:
    """Read a file of the older form.

    Args:
        content: of the file.
        admit: as for `PickleReader`; must let in the types of storages.
        budget: for the pickles in it.

    Returns:
        What was saved, with `PickledTensor` and `Storage` in place of PyTorch's.

    Raises:
        Refused, Damaged
    """
    storages = _Storages()
    reader = PickleReader(content, admit, budget, storages.find)
    system = [reader.load() for _ in range(3)]
    if (
        system[:2] != [_MAGIC, _VERSION]
        or not isinstance(system[2], dict)
        or system[2].get("little_endian") is not True
    ):
        raise Damaged("no file of torch.save")
    saved = reader.load()
    keys = reader.load()
    if not isinstance(keys, list) or checked_keys(keys) != sorted(storages):
        raise Damaged("another list of storages than there are")
    for storage in map(storages.__getitem__, keys):
        if reader.number("<q") != storage.count:
            raise Damaged("a storage of another size than announced")
        storage.fill(reader.take(storage.count * storage.dtype.itemsize))
    return saved


def read_archive(content: bytes, admit: Admit, budget: Budget) -> object:
    """Read a file of the newer form; arguments and errors are those of `read_stream`.

    What torch.save writes is not compressed, so nothing in it can be larger than the file.
    """
    if content.count(_ZIP_ENTRY) > _MOST_MEMBERS:
        raise Refused(f"more than {_MOST_MEMBERS:,} parts")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read_members(_plain_members(archive, len(content)), admit, budget)
    except _BROKEN_ARCHIVE as error:
        raise Damaged(type(error).__name__) from error


def _plain_members(archive: zipfile.ZipFile, most_bytes: int) -> Callable[[str], memoryview]:
    members = {member.filename.partition("/")[2]: member for member in archive.infolist()}
    if any(member.compress_type != zipfile.ZIP_STORED for member in members.values()):
        raise Refused("a compressed archive")
    if sum(member.file_size for member in members.values()) > most_bytes:
        raise Damaged("members that overlap")
    return lambda name: memoryview(archive.read(members[name])) if name in members else memoryview(b"")


def _read_members(member: Callable[[str], memoryview], admit: Admit, budget: Budget) -> object:
    if member("byteorder") not in (b"", b"little"):
        raise Refused("numbers of a big-endian machine")
    storages = _Storages()
    saved = PickleReader(member("data.pkl"), admit, budget, storages.find).load()
    for key, storage in storages.items():
        storage.fill(member(f"data/{key}"))
    return saved


class _Storages(dict[str, Storage]):
    """The storages that a pickle names, by their keys."""

    def find(self, saved: object) -> object:
        """Give what stands for an object that is stored outside the pickle, making a storage when it is first named.

        The older form also stores the source code of classes here: that is left aside, and the class returned.
        """
        if not isinstance(saved, tuple):
            raise Damaged("an object stored nowhere")
        match saved:
            case ("module", part, _, _):
                return part
            case ("storage", StorageType(dtype), str(key), _, int(count), *views) if count >= 0 and views in (
                [],
                [None],
            ):
                storage = self.setdefault(key, Storage(dtype, count))
                if (storage.dtype, storage.count) != (dtype, count):
                    raise Damaged("a storage of two sizes")
                return storage
        raise Damaged("an object stored nowhere")
