"""Memory that does not suffice, as a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from data_cache.errors import InputError

_WORDS = ("can't allocate memory", "not enough memory", "out of memory", "bad_alloc")


def is_about_memory(error: Exception) -> bool:
    """Whether an error says that there was too little memory, on whatever device."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in _WORDS)


def too_little(what: str) -> InputError:
    """What is said where the memory for something does not suffice; `what` ends "Expected memory for …"."""
    return InputError(
        f"Expected memory for {what}, found too little; close other programs, or explain a model with a smaller input."
    )


@contextmanager
def enough_memory(what: str) -> Iterator[None]:
    """Turn what PyTorch says of memory that does not suffice into a sentence.

    Args:
        what: the memory is for, as the end of "Expected memory for …".

    Raises:
        InputError: it does not suffice.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_about_memory(error):
            raise
        raise too_little(what) from error
