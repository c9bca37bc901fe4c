"""Small matrices on one thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

_lock = Lock()  # the number of threads is the whole process's


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep NumPy's linear algebra on one thread.

    For the matrices here more threads save nothing, and on a busy machine they wait for each other ten times as long.
    """
    with _lock, _openblas().limit(limits=1):
        yield


@cache
def _openblas() -> ThreadpoolController:
    return ThreadpoolController().select(internal_api="openblas")
