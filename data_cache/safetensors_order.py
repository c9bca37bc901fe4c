"""The same tensors and the same text as the same bytes: safetensors writes its text in random order."""

import json


def in_order(content: bytes) -> bytes:
    """Bring the text metadata of a safetensors file into alphabetical order.

    A file is 8 bytes of length, a header in JSON, padded with blanks to a multiple of 8, and the tensors.

    Args:
        content: as `safetensors` made it.
    """
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    if "__metadata__" in header:
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join((len(text).to_bytes(8, "little"), text, memoryview(content)[end:]))
