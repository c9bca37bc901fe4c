"""Working on many cases with the cores there are: results in order, memory bounded, one thread a process.

joblib keeps order and bounds memory as well, but its processes live on when the first one is killed, and each of them
loads anew what is loaded here once.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

import cv2
from threadpoolctl import threadpool_limits

from data_cache.peak_memory import peak_memory

Job = TypeVar("Job")
Result = TypeVar("Result")
_FEW = 8  # so few jobs are done before a second process has started
_AHEAD = 4  # jobs a process may be given before its results are taken
_work: Callable[[Any], Any] | None = None
_largest = 0


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(work: Callable[[Job], Result], jobs: Iterable[Job], processes: int) -> Iterator[Result]:
    """Yield work(job) for every job, in the order of the jobs.

    Args:
        work: picklable, such as a functools.partial of a module's function; the same result in any process.
        jobs: picklable. They are taken as they are needed.
        processes: how many to work with; 1, and few jobs, are worked on in this one.
    """
    waiting = iter(jobs)
    first = [job for _, job in zip(range(_FEW), waiting, strict=False)]
    if processes == 1 or len(first) < _FEW:
        with threadpool_limits(limits=1):
            yield from map(work, first)
            yield from map(work, waiting)
        return
    with ProcessPoolExecutor(processes, _context(work), initializer=_start, initargs=(work,)) as pool:
        given: deque[Future[tuple[Result, int]]] = deque(pool.submit(_run, job) for job in first)
        for job in waiting:
            given.append(pool.submit(_run, job))
            if len(given) > _AHEAD * processes:
                yield _result(given.popleft())
        while given:
            yield _result(given.popleft())


def largest_worker() -> int:
    """The most memory that one of the processes has held so far, in KiB; 0 where none was started, and on Windows."""
    return _largest


def _result(done: "Future[tuple[Result, int]]") -> Result:
    global _largest
    result, held = done.result()
    _largest = max(_largest, held)
    return result


def _context(work: Callable[[Any], Any]) -> BaseContext:
    """Where possible, processes start as copies of one that has loaded what takes long and has done nothing else.

    It loads what the first work's module imports, which any other work shares most of.
    """
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    module: str = getattr(work, "func", work).__module__  # of a functools.partial that of its function
    context.set_forkserver_preload(["evaluation.pixels.kernels", "scipy.special", module])
    return context


def _start(work: Callable[[Any], Any]) -> None:
    global _work  # a process is given its work once, not with every job
    _work = work
    cv2.setNumThreads(1)
    threadpool_limits(limits=1)
    threading.Thread(target=_end_with_the_first, daemon=True).start()


def _end_with_the_first() -> None:
    """Where the process that wanted the work is killed, nobody tells the others that nothing more will come."""
    first = parent_process()
    if first is not None:
        first.join()
        os._exit(1)


def _run(job: Any) -> tuple[Any, int]:
    """The result and the most memory of this process, which the system counts for nobody who could be asked later."""
    if _work is None:
        raise RuntimeError("The process was not started with its work.")
    return _work(job), peak_memory() or 0
