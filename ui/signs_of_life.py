"""Work in a thread of its own, and a sign of life whenever it takes its time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TypeVar

PATIENCE = 0.25  # seconds between two signs of life
T = TypeVar("T")


def with_signs_of_life(work: Iterator[T]) -> Iterator[T | None]:
    """Pass on what comes, with None in between while the next one takes its time."""
    context = copy_context()  # of whose request this is: ZeroGPU lends a GPU to that one
    with ThreadPoolExecutor(1, thread_name_prefix="explain") as worker:
        while True:
            coming = worker.submit(lambda: context.run(next, work, None))
            while not wait([coming], timeout=PATIENCE).done:
                yield None
            news = coming.result()
            if news is None:
                return
            yield news
