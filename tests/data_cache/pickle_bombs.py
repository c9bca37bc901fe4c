"""Small pickles that take a reader with no bounds hours, or gibibytes.

They are made where they are asked for: that takes seconds, and every worker imports this.
"""

import io
import pickle
import struct
import zipfile
import zlib
from functools import cache

import torch


def _doubled(levels: int) -> bytes:
    """A tuple whose last part holds its like twice, and so on: 2^levels to whoever goes over all of it."""
    return b"()q\x00" + levels * b"h\x00h\x00\x86q\x00" + b"t"


def _calls(name: bytes, times: int) -> bytes:
    """A tuple of the outcomes of many calls without arguments."""
    return b"(c" + name + b"q\x00)q\x01" + times * b"h\x00h\x01R" + b"t"


def _legacy_storage(count: int) -> bytes:
    """A storage in the older form of torch.save that says it has so many numbers, and has four."""
    file = io.BytesIO()
    torch.save(torch.zeros(4)._typed_storage(), file, _use_new_zipfile_serialization=False)
    content = file.getvalue()
    return content.replace(b"K\x04N", b"J" + count.to_bytes(4, "little") + b"N")


def _long_storage(items: int) -> bytes:
    """A storage in the older form whose description of the machine has so many items."""
    content = _legacy_storage(4)
    start = content.index(b"}q\x00(")
    return content[:start] + b"}q\x00(" + items * b"K\x01N" + content[start + 4 :]


def _call_of_bytes(content: bytes, times: int) -> bytes:
    """Load the same storage many times."""
    head = b"(ctorch.storage\n_load_from_bytes\nq\x00B" + len(content).to_bytes(4, "little") + content + b"\x85q\x01"
    return head + times * b"h\x00h\x01R" + b"t"


def deflated(pickled: bytes, mebibytes: int) -> bytes:
    """An archive of torch.save's whose only storage is zeros, compressed.

    One MiB is compressed and repeated: to compress them all takes most of a second.
    """
    zeros, compressor, sum_of_zeros = bytes(1 << 20), zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS), 0
    packed = compressor.compress(zeros) + compressor.flush(zlib.Z_FULL_FLUSH)
    for _ in range(mebibytes):
        sum_of_zeros = zlib.crc32(zeros, sum_of_zeros)
    file, storage = io.BytesIO(), zipfile.ZipInfo("archive/data/0")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", b"3\n")
        archive.writestr(storage, mebibytes * packed + compressor.flush())
        storage.compress_type, storage.file_size, storage.CRC = zipfile.ZIP_DEFLATED, mebibytes << 20, sum_of_zeros
        file.seek(storage.header_offset)
        file.write(storage.FileHeader())
        file.seek(0, io.SEEK_END)
    return file.getvalue()


@cache
def _deflated() -> bytes:
    return deflated(pickle.dumps({"a": 1}, protocol=2), 320)


def _stored(members: int) -> bytes:
    """An archive of empty files, byte by byte: `zipfile` takes half a second."""
    files, directory = bytearray(), bytearray()
    for index in range(members):
        name = b"a/%d" % index
        described = struct.pack("<5H3L2H", 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0)
        directory += struct.pack("<4sH26s3H2L", b"PK\1\2", 20, described, 0, 0, 0, 0, len(files)) + name
        files += b"PK\3\4" + described + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, members, members, len(directory), len(files), 0)
    return bytes(files + directory + end)


_HALF = (1 << 61) - 1  # integers that differ by this have the same hash


@cache
def pickles() -> dict[str, bytes]:
    """For any reader of pickles."""
    return {
        "an index of the memo": b"\x80\x02Nr\xff\xff\xff\x7f.",
        "a tuple of tuples, hashed": b"\x80\x02}" + _doubled(60) + b"Ns.",
        "a set of nested tuples": b"\x80\x04\x8f(" + _doubled(60) + b"\x90.",
        "a tuple of tuples": b"\x80\x02" + _doubled(60) + b".",
        "deep tuples": b"\x80\x02)" + 2_000_000 * b"\x85" + b".",
        "deep lists": b"\x80\x02" + 100_000 * b"]" + 99_999 * b"a" + b".",
        "a list within itself": b"\x80\x02]q\x00h\x00a.",
        "a bytearray": b"\x80\x02c__builtin__\nbytearray\nJ\xff\xff\xff\x7f\x85R.",
        "bytes": b"\x80\x02c__builtin__\nbytes\nJ\xff\xff\xff\x7f\x85R.",
        "a bytearray by its length": b"\x80\x05\x96" + (1 << 40).to_bytes(8, "little") + b".",
        "text by its length": b"\x80\x04\x8d" + (1 << 40).to_bytes(8, "little") + b".",
        "bytes by their length": b"\x80\x04\x8e" + (1 << 63).to_bytes(8, "little") + b".",
        "a long number": b"\x80\x02\x8b" + (1 << 24).to_bytes(4, "little") + bytes((1 << 24) - 1) + b"\x01.",
        "a number in decimal": b"I" + 3_000_000 * b"9" + b"\n.",
        "very many sets": b"\x80\x02" + _calls(b"__builtin__\nset\n", 500_000) + b".",
        "very many dicts": b"\x80\x02" + _calls(b"collections\nOrderedDict\n", 500_000) + b".",
        "a long list, copied": b"\x80\x02(c__builtin__\nset\nq\x00]q\x01("
        + b"".join(b"J" + number.to_bytes(4, "little") for number in range(1, 3000))
        + b"e\x85q\x02"
        + 2000 * b"h\x00h\x02R"
        + b"t.",
        "keys of one hash": b"\x80\x02}("
        + b"".join(b"\x8a\x0a" + (number * _HALF).to_bytes(10, "little") + b"N" for number in range(1, 60_000))
        + b"u.",
        "very much text": b"\x80\x02(" + 80_000 * (b"X\x00\x01\x00\x00" + 256 * b"a") + b"t.",
        "a name without an end": b"\x80\x02c" + 10_000_000 * b"a",
        "very many marks": 3_000_000 * b"(" + b".",
    }


@cache
def heat_maps() -> dict[str, bytes]:
    """For readers of heat maps."""
    return {
        "a storage of 8 GiB": b"\x80\x03" + _call_of_bytes(_legacy_storage((1 << 31) - 1), 1) + b".",
        "a storage, very many times": b"\x80\x03" + _call_of_bytes(_legacy_storage(4), 100_000) + b".",
        "a long storage, three times": b"\x80\x03" + _call_of_bytes(_long_storage(4000), 3) + b".",
        "a deflated archive as storage": b"\x80\x03" + _call_of_bytes(_deflated(), 1) + b".",
        "bytes as text, very many times": b"\x80\x02(c_codecs\nencode\nq\x00(X\x00\x00\x20\x00"
        + bytes(1 << 21)
        + b"X\x06\x00\x00\x00latin1tq\x01"
        + 4000 * b"h\x00h\x01R"
        + b"t.",
        "wide text": b"\x80\x02X\x00\x00\x00\x01" + bytes((1 << 24) - 4) + "💣".encode() + b".",
        "a task of doubled lists": b"\x80\x03}(X\x04\x00\x00\x00task" + _doubled(60) + b"X\x03\x00\x00\x00mapNu.",
        "a task of much text": pickle.dumps({"task": "a" * 90_000, "map": None}, protocol=3),
        "sides of huge numbers": pickle.dumps({"task": "Edema", "map": None, "cxr_dims": (1 << 2000, 1)}, protocol=3),
    }


@cache
def modules() -> dict[str, bytes]:
    """For readers of networks."""
    return {
        "a deflated archive": _deflated(),
        "an archive of very many members": _stored(25_000),
        "a storage of 8 GiB": _legacy_storage((1 << 31) - 1),
    }
