"""Against torch.save and PyTorch's own tensors, in both forms of the file."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib

import numpy as np
import pytest
import torch

from data_cache.restricted_pickle import Budget, Damaged, Refused
from data_cache.torch_files import PickledTensor, admit_tensors, read_saved

FORMS = pytest.mark.parametrize("zipped", [True, False])


def saved(content: object, zipped: bool) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


def read(content: bytes) -> object:
    return read_saved(content, admit_tensors, Budget(100_000, 100_000))


def repacked(content: bytes, compression: int = zipfile.ZIP_STORED, **changes: bytes | None) -> bytes:
    """The same archive with members (`data/0` as data_0) changed or, with None, left out."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", compression) as new:
        members = {name: old.read(name) for name in old.namelist()}
        members |= {f"archive/{name.replace('_', '/')}": change for name, change in changes.items()}
        for name, member in members.items():
            if member is not None:
                new.writestr(name, member)
    return file.getvalue()


BASE = torch.arange(24, dtype=torch.float32) - 3.25
TENSORS = {
    "plain": BASE.reshape(2, 3, 4),
    "part of the same": BASE[5:11],
    "turned": BASE.reshape(4, 6).t(),
    "every third, from an offset": BASE[1::3],
    "overlapping": BASE.as_strided((4, 5), (1, 2)),
    "one number": torch.tensor(4.5),
    "expanded to no more than there is": torch.arange(3).expand(1, 3),
    "none": torch.zeros(0, 7),
    **{
        str(dtype): torch.tensor([0, 1, 1, 100 if dtype != torch.bool else 1]).to(dtype)
        for dtype in (
            torch.float64,
            torch.float32,
            torch.float16,
            torch.int64,
            torch.int32,
            torch.int16,
            torch.int8,
            torch.uint8,
            torch.bool,
        )
    },
}


@FORMS
def test_every_tensor_is_what_it_was(zipped):
    drawn = read(saved(TENSORS, zipped))
    assert list(drawn) == list(TENSORS)
    for name, tensor in TENSORS.items():
        array = drawn[name].array()
        np.testing.assert_array_equal(array, tensor.numpy(), err_msg=name)
        assert array.dtype == tensor.numpy().dtype
        assert array.flags.writeable
        assert drawn[name].nbytes == array.nbytes
    assert drawn["plain"].storage is drawn["turned"].storage


@FORMS
def test_a_state_dict(zipped):
    module = torch.nn.BatchNorm2d(3)
    drawn = read(saved(module.state_dict(), zipped))
    assert {name: tensor.shape for name, tensor in drawn.items()} == {
        name: tuple(tensor.shape) for name, tensor in module.state_dict().items()
    }


@FORMS
def test_a_tensor_larger_than_its_storage_is_never_made(zipped):
    drawn = read(saved([torch.zeros(1).expand(10**6, 10**6), torch.zeros(4).expand(2, 4)], zipped))
    for tensor in drawn:
        with pytest.raises(Damaged, match="larger than its storage"):
            tensor.array()


@pytest.mark.parametrize(("offset", "shape", "strides"), [(1, (4,), (1,)), (0, (2, 2), (3, 1)), (4, (), ())])
def test_a_tensor_that_reaches_beyond_its_storage(offset, shape, strides):
    storage = read(saved(torch.zeros(4), True)).storage
    with pytest.raises(Damaged, match="larger than its storage"):
        PickledTensor(storage, offset, shape, strides).array()


@FORMS
def test_every_bfloat16_is_widened_exactly(zipped):
    every = torch.arange(-(1 << 15), 1 << 15, dtype=torch.int16).view(torch.bfloat16)
    found = read(saved(every.reshape(256, 256).T, zipped))
    assert found.nbytes == 4 << 16
    array = found.array()
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array.view(np.uint32), every.reshape(256, 256).T.float().numpy().view(np.uint32))
    assert read(saved(torch.zeros(0, 3, dtype=torch.bfloat16), zipped)).array().shape == (0, 3)


@FORMS
def test_a_parameter_is_its_tensor(zipped):
    found = read(saved(torch.nn.Parameter(torch.arange(3.0)), zipped))
    np.testing.assert_array_equal(found.array(), [0, 1, 2])


@FORMS
def test_types_without_a_counterpart_are_refused_by_name(zipped):
    with pytest.raises(Refused, match=r"^torch\.ComplexFloatStorage$"):
        read(saved(torch.zeros(2, dtype=torch.complex64), zipped))
    with pytest.raises(Refused, match=r"^torch\._utils\._rebuild_sparse_tensor$"):
        read(saved(torch.eye(2).to_sparse(), zipped))
    with pytest.raises(Refused, match="conjugate or negative bit"):
        read(saved(torch._neg_view(torch.ones(2)), zipped))


@FORMS
def test_cut_short_or_changed(zipped):
    content = saved(TENSORS, zipped)
    for size in range(0, len(content), 97):
        with pytest.raises((Damaged, Refused)):
            read(content[:size])
    for place in range(0, len(content), 89):
        changed = bytearray(content)
        changed[place] ^= 0x55
        try:
            for tensor in read(bytes(changed)).values():
                tensor.array()
        except (Damaged, Refused):
            continue


def test_archives_that_are_refused():
    content = saved({"a": torch.arange(3), "b": torch.arange(4)}, True)
    read(repacked(content))
    with pytest.raises(Refused, match="compressed"):
        read(repacked(content, zipfile.ZIP_DEFLATED))
    with pytest.raises(Refused, match="big-endian"):
        read(repacked(content, byteorder=b"big"))
    for changes in ({"data_0": bytes(23)}, {"data_0": bytes(25)}, {"data_1": None}, {"data.pkl": None}):
        with pytest.raises(Damaged):
            read(repacked(content, **changes))


def overlapping(count: int, payload: bytes) -> bytes:
    """An archive whose members each hold all members after them, so that it is much larger unpacked."""
    headers, body = [], payload
    for name in reversed([f"archive/data/{index:05}".encode() for index in range(count)]):
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(body), len(body), len(body), len(name), 0)
        headers.append((name, fields, len(body)))
        body = b"PK\x03\x04" + fields + name + body
    directory = b"".join(
        b"PK\x01\x02\x14\x00" + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(body) - size - 30 - len(name)) + name
        for name, fields, size in headers
    )
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def test_members_that_overlap_are_refused():
    content = overlapping(5, bytes(2000))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:  # it is an archive indeed
        assert all(member.file_size >= 2000 for member in archive.infolist())
        assert len(archive.read("archive/data/00004")) == 2000
    with pytest.raises(Damaged, match="overlap"):
        read(content)


def test_a_storage_named_with_two_sizes():
    def named(count: bytes) -> bytes:
        return b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK" + count + b"tQ"

    content = saved(torch.arange(3.0), True)
    first, second = read(repacked(content, **{"data.pkl": b"\x80\x02" + named(b"\x03") + named(b"\x03") + b"\x86."}))
    assert first is second
    with pytest.raises(Damaged, match="two sizes"):
        read(repacked(content, **{"data.pkl": b"\x80\x02" + named(b"\x03") + named(b"\x04") + b"\x86."}))


def test_bytes_that_are_neither_true_nor_false():
    content = saved(torch.tensor([True, False, True]), True)
    array = read(repacked(content, data_0=bytes((2, 0, 255)))).array()
    assert array.view(np.uint8).tolist() == [1, 0, 1]


def test_an_archive_from_before_the_order_of_bytes_was_stored():
    assert read(repacked(saved(torch.arange(3), True), byteorder=None)).array().tolist() == [0, 1, 2]


def test_a_stream_of_a_big_endian_machine():
    content = saved(torch.arange(3), False)
    told = content.replace(b"little_endian" + b"q\x02\x88", b"little_endian" + b"q\x02\x89")
    assert told != content
    with pytest.raises(Damaged):
        read(told)


def test_storages_that_are_not_as_announced():
    content = saved(torch.arange(3), False)
    size = (3).to_bytes(8, "little")
    for told in (content.replace(size, (4).to_bytes(8, "little")), content.replace(b"K\x03N", b"K\x04N")):
        assert told != content
        with pytest.raises(Damaged, match="another size"):
            read(told)


def test_heat_maps_need_no_pytorch():
    program = "import sys, data_cache.pickles; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
