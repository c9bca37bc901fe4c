"""What pickled heat maps may hold besides tensors and NumPy's numbers; nothing of it is imported or called.

Below protocol 3 pickles have no instruction for bytes: Python 3 writes them as text of Latin-1 with a call that encodes
it again, `_codecs.encode(text, "latin1")`. PIL's images are an empty object with a state: what is known of the file,
mode, size, palette and pixels, all plain data, of which a record is made and nothing read.
"""

import re

from data_cache.restricted_pickle import Admit, Budget, Damaged, Function, Refused, inert

_PICTURE = re.compile(r"PIL\.(Image\.Image|ImageFile\.ImageFile|(\w{1,20})ImagePlugin\.(\w{1,20})ImageFile)")


def admit_bytes(budget: Budget) -> Admit:
    """Let in how bytes are written below protocol 3.

    Args:
        budget: what a call encodes is counted here as text, for the same text may be encoded time and again.
    """

    def encode(text: object, encoding: object) -> memoryview:
        if not isinstance(text, str):
            raise Damaged("bytes of something else than text")
        if encoding not in ("latin1", "latin-1"):
            raise Refused("bytes in another encoding than Latin-1")
        budget.spend(text=len(text))
        return memoryview(text.encode("latin-1"))

    def no_bytes(*arguments: object) -> memoryview:
        if arguments:
            raise Refused("bytes of a number")
        return memoryview(b"")

    admitted = {("_codecs", "encode"): Function(encode), ("builtins", "bytes"): Function(no_bytes)}
    return lambda module, name: admitted.get((module, name))


def admit_pictures(module: str, name: str) -> object:
    """Let in PIL's images, by the names of their classes alone."""
    return inert(module, name) if _PICTURE.fullmatch(f"{module}.{name}") else None
