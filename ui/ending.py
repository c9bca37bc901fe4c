"""How the app ends: within seconds, whatever is being computed, with nothing left on the disk."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from data_cache.archives import discard_unpacked
from ui.children import end_all

# As hosts end it, as a terminal that is closed does (not on Windows), and as somebody at the keyboard does.
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT") if hasattr(signal, name))


class _Serving(Protocol):
    def wait(self) -> None: ...

    def stop(self) -> None: ...


class _Told(SystemExit):
    """Somebody wants the app to end."""


@contextmanager
def ending() -> Iterator[None]:
    """Let signals end what is within, with exit code 0, and the process right after it.

    Python would wait for threads that compute, which may take minutes. Nobody wants their results any more.
    """

    def told(*_: object) -> None:
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_IGN)  # clearing up goes on to its end
        raise _Told(0)

    for one in _SIGNALS:
        if signal.getsignal(one) is not signal.SIG_IGN:  # as nohup leaves it, say
            signal.signal(one, told)
    try:
        yield
    except _Told:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def until_told(served: _Serving) -> None:
    """Serve until a signal comes; then end the server, and all commands and files that belong to it."""
    try:
        served.wait()
    finally:
        served.stop()
        end_all()
        discard_unpacked()
