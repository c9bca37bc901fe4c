"""Memory that a step of training frees and the next one needs again."""

import ctypes

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # glibc's malloc.h
_NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Have this process keep what it frees, until it ends, instead of giving it back to the system at once.

    glibc fetches large blocks from the system and gives them back when they are freed; each page that comes again is
    cleared and mapped anew, which is up to a tenth of a step on a CPU. Nothing that is computed changes.

    Returns:
        Whether there was anything to set: not where the C library is another one.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_TRIM_THRESHOLD, _NEVER)) and bool(mallopt(_MMAP_MAX, 0))
