"""Giving memory back: what many threads have freed would otherwise stay with the process for good."""

import ctypes
import sys
from contextlib import suppress

_ARENAS, _MOST_ARENAS = -8, 2  # mallopt(M_ARENA_MAX, …): by default eight arenas a core, each keeping what it once had


def keep_few_arenas() -> None:
    """Let all threads share a few heaps; to be called before there are many threads. Only GNU's C library has them."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_ARENAS, _MOST_ARENAS)


def give_back() -> None:
    """Return freed memory to the system, where the C library can."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
