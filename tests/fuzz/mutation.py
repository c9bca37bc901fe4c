"""Breaking files, with respect for their structure: what a checksum gives away tests nothing behind it."""

import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

_BYTES = (0, 1, 0x7F, 0x80, 0xFF, 0x41, 0x30, 0x2D)
_NUMBERS = (0, 1, 2, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 20, 48, 3)
_TOKENS = (
    "NaN",
    "inf",
    "-1",
    "0",
    "1e400",
    "9" * 300,
    "",
    "null",
    "0x",
    "2026-13-45",
    "!!int x",
    "!!bool x",
    "!!binary é",
    "!!float x",
    "!!timestamp x",
    "*a",
    "<<: x",
    "é",
    "[",
)
_PNG, _ZIP, _NPY = b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"\x93NUMPY"
_TAGS = (0x0002, 0x0004, 0x0008, 0x0010, 0x0011, 0x0100, 0x0101, 0x0102, 0x0103, 0x1050, 0x1051, 0x1052, 0x1053, 0x3002)
Rng = random.Random


def mutated(data: bytes, rng: Rng, depth: int = 0) -> bytes:
    """Return a broken copy."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = _structured(data, rng, depth) if rng.random() < 0.65 else _raw(data, rng)
    return data


def _structured(data: bytes, rng: Rng, depth: int) -> bytes:
    for starts, change in _KINDS:
        if data.startswith(starts):
            return change(data, rng, depth)
    if data[128:132] == b"DICM":
        return _dicom(data, rng)
    if data[8:9] == b"{" and len(data) > 8 + int.from_bytes(data[:8], "little"):
        return _safetensors(data, rng)
    if data[:1] in (b"{", b"["):
        return _json(data, rng)
    if b"\0" not in data[:200]:
        return _text(data, rng)
    return _raw(data, rng)


def _raw(data: bytes, rng: Rng) -> bytes:
    if not data:
        return bytes(rng.choices(range(256), k=9))
    at = rng.randrange(min(len(data), rng.choice((64, 400, len(data)))))
    length = rng.choice((1, 2, 4, 16, 200))
    changes: tuple[Callable[[], bytes], ...] = (
        lambda: data[:at],
        lambda: data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :],
        lambda: data[:at] + bytes([rng.choice(_BYTES)]) * length + data[at + length :],
        lambda: data[:at] + struct.pack(rng.choice("<>") + "I", rng.choice(_NUMBERS)) + data[at + 4 :],
        lambda: data[:at] + struct.pack(rng.choice("<>") + "H", rng.choice(_NUMBERS) & 0xFFFF) + data[at + 2 :],
        lambda: data[:at] + data[at + length :],
        lambda: data[:at] + bytes(rng.choices(range(256), k=length)) + data[at:],
        lambda: data[:at] + data[at : at + length] * rng.choice((2, 50)) + data[at + length :],
    )
    return rng.choice(changes)()


def _png(data: bytes, rng: Rng, _depth: int) -> bytes:
    """Change, drop, repeat or move a chunk, or put in a new one, and make the checksums right again."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    if not chunks:
        return _raw(data, rng)
    n = rng.randrange(len(chunks))
    name, content = chunks[n]
    action = rng.randrange(6)
    if action == 0:
        chunks[n] = (name, _raw(content, rng))
    elif action == 1:
        del chunks[n]
    elif action == 2:
        chunks[n:n] = [(name, content)] * rng.choice((1, 30))
    elif action == 3:
        chunks.insert(rng.randrange(len(chunks)), chunks.pop(n))
    elif action == 4:
        new = rng.choice(
            (
                b"gAMA",
                b"iCCP",
                b"tRNS",
                b"PLTE",
                b"cHRM",
                b"pHYs",
                b"tEXt",
                b"zTXt",
                b"iTXt",
                b"eXIf",
                b"acTL",
                b"fcTL",
                b"sRGB",
                b"IDAT",
            )
        )
        chunks.insert(
            rng.randrange(len(chunks) + 1), (new, bytes(rng.choices(range(256), k=rng.choice((0, 1, 3, 9, 40)))))
        )
    else:
        header = list(struct.unpack(">2I5B", chunks[0][1])) if len(chunks[0][1]) == 13 else [1] * 7
        header[rng.randrange(7)] = rng.choice((0, 1, 2, 3, 4, 6, 8, 16, 47, 48, 255))
        chunks[0] = (b"IHDR", struct.pack(">2I5B", *header))
    parts = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return _PNG + b"".join(parts)


def _zipped(data: bytes, rng: Rng, depth: int) -> bytes:
    """Break a member, its name, its compression or its entry, inside an archive that is otherwise whole."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as opened:
            members = {path: opened.read(path) for path in opened.namelist()}
    except Exception:  # broken already
        return _raw(data, rng)
    if not members or depth > 2:
        return _raw(data, rng)
    path = rng.choice(list(members))
    action = rng.randrange(5)
    if action == 0:
        members[path] = mutated(members[path], rng, depth + 1)
    elif action == 1:
        names = (
            path + "/x",
            path.split("/")[0],
            "../x",
            "a" * 300,
            "é\ud7ff.png",
            "x:y",
            "",
            "con",
            path + ".npy",
            "map.npy",
            "a\\b",
        )
        members[rng.choice(names)] = members.pop(path)
    elif action == 2:
        members[rng.choice((path + "/x", "__MACOSX/._x", ".DS_Store", "probability.npy", "b/Edema.png"))] = b"x"
    file = BytesIO()
    kind = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(file, "w", kind) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name) if name == "" else name, content, kind)
    return file.getvalue() if action < 3 else _raw(file.getvalue(), rng)


def _odd(rng: Rng) -> Any:
    deep: Any = []
    for _ in range(rng.choice((3, 150, 900))):
        deep = [deep]
    return rng.choice(
        (
            None,
            True,
            -1,
            0,
            1.5,
            1e300,
            -1e308,
            10**30,
            10**300,
            "",
            "text",
            "é\ud7ff",
            "0" * 500,
            [],
            {},
            [None],
            [[]],
            [[1]],
            deep,
            {"a": deep},
            [1, "x"],
            {"size": [1, 1]},
            [0] * 2000,
            2**31,
            2**63,
        )
    )


def _json(data: bytes, rng: Rng, _depth: int = 0) -> bytes:
    """Change one value, key or part anywhere in the tree."""
    try:
        content = json.loads(data)
    except Exception:  # broken already
        return _text(data, rng)
    content = _changed_tree(content, rng)
    try:
        return json.dumps(content).encode()
    except Exception:  # nested more deeply than the encoder goes
        return b"[" * 5000


def _changed_tree(content: Any, rng: Rng) -> Any:
    at, path = content, []
    while isinstance(at, dict | list) and at and rng.random() < 0.8:
        key = rng.choice(list(at)) if isinstance(at, dict) else rng.randrange(len(at))
        path.append((at, key))
        at = at[key]
    if not path:
        return _odd(rng)
    parent, key = path[-1]
    action = rng.randrange(4)
    if action == 0:
        del parent[key]
    elif action == 1 and isinstance(parent, dict):
        parent[rng.choice(("counts", "size", "Edema", "x", "", "map", "__metadata__", "9" * 99))] = parent.pop(key)
    elif action == 2 and isinstance(at, int | float):
        parent[key] = rng.choice((-at, at * 1000, at + 0.5, at + 1, str(at), 2**40))
    else:
        parent[key] = _odd(rng)
    return content


def _safetensors(data: bytes, rng: Rng) -> bytes:
    length = int.from_bytes(data[:8], "little")
    header, body = data[8 : 8 + length], data[8 + length :]
    if rng.random() < 0.3:
        return data[: 8 + length] + _raw(body, rng)
    changed = _json(header, rng)
    if rng.random() < 0.2:
        changed = changed.replace(b"F32", rng.choice((b"F64", b"BF16", b"I8", b"F8_E4M3", b"BOOL", b"X")))
    return len(changed).to_bytes(8, "little") + changed + body


def _npy(data: bytes, rng: Rng, _depth: int) -> bytes:
    """Change the header's text; its length stays right."""
    length = int.from_bytes(data[8:10], "little")
    header, body = data[10 : 10 + length], data[10 + length :]
    swaps = (
        (
            b"<f4",
            rng.choice((b"<f8", b"|O", b"<U9", b"|V9", b"<c8", b">i2", b"<f2", b"|b1", b"<M8[s]", b"f", b"(3,)<f4")),
        ),
        (b"False", rng.choice((b"True", b"0", b"None", b"[]", b"__import__('os')"))),
        (
            b"(48, 48)",
            rng.choice(
                (
                    b"(48,)",
                    b"()",
                    b"(-1, 48)",
                    b"(48, 48, 1)",
                    b"(999999999999, 9)",
                    b"(0, 48)",
                    b"48",
                    b"('a', 2)",
                    b"(48L, 48L)",
                    b"(1e3, 2)",
                )
            ),
        ),
        (b"'descr'", rng.choice((b"'desc'", b"5", b"['a']", b"{}"))),
        (b"{", rng.choice((b"{{", b"(" * 200, b"{1: 2, ", b""))),
    )
    for old, new in rng.sample(swaps, rng.choice((1, 1, 2))):
        header = header.replace(old, new, 1)
    version = rng.choice((b"\x01\x00", b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x04\x00"))
    size = struct.pack("<H" if version[0] == 1 else "<I", min(len(header), 65535))
    return _NPY + version + size + header + (body if rng.random() < 0.8 else _raw(body, rng))


def _dicom(data: bytes, rng: Rng) -> bytes:
    """Change or take out one element of the image's group."""
    at = data.find(struct.pack("<HH", 0x0028, rng.choice(_TAGS)), 132)
    if at < 0 or rng.random() < 0.2:
        return _raw(data[:132] + data[132:], rng) if rng.random() < 0.5 else data[:132] + _raw(data[132:], rng)
    length = int.from_bytes(data[at + 6 : at + 8], "little")
    value = data[at + 8 : at + 8 + length]
    action = rng.randrange(4)
    if action == 0:
        return data[:at] + data[at + 8 + length :]
    if action == 1:
        odd = struct.pack("<H", rng.choice(_NUMBERS) & 0xFFFF) * max(1, length // 2)
        new = odd[:length] if data[at + 4 : at + 6] in (b"US", b"SS") else rng.choice(_TOKENS).encode()[:300]
    elif action == 2:
        new = rng.choice(_TOKENS).encode() + b"\\" + value
    else:
        new = _raw(value, rng)
    new += b" " * (len(new) % 2)
    vr = (
        data[at + 4 : at + 6]
        if rng.random() < 0.8
        else rng.choice((b"DS", b"US", b"SS", b"LO", b"IS", b"CS", b"FD", b"ZZ"))
    )
    return data[: at + 4] + vr + struct.pack("<H", min(len(new), 65535)) + new + data[at + 8 + length :]


def _text(data: bytes, rng: Rng) -> bytes:
    """Swap a word, a line or a separator."""
    words = data.split(rng.choice((b" ", b",", b"\n", b":")))
    separator = rng.choice((b" ", b",", b"\n", b": "))
    n = rng.randrange(len(words))
    action = rng.randrange(3)
    if action == 0:
        words[n] = rng.choice(_TOKENS).encode()
    elif action == 1:
        words[n] = words[n] * rng.choice((0, 2, 30))
    else:
        words[n] = b"[" * rng.choice((5, 3000)) + words[n]
    return separator.join(words)


_KINDS: tuple[tuple[bytes, Callable[[bytes, Rng, int], bytes]], ...] = ((_PNG, _png), (_ZIP, _zipped), (_NPY, _npy))
