"""How much memory this process has held at most."""

import sys


def peak_memory() -> int | None:
    """The most memory of this process so far, in KiB; None on Windows, where the standard library cannot tell."""
    try:
        import resource
    except ImportError:
        return None
    most = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return most // 1024 if sys.platform == "darwin" else most  # macOS counts bytes
