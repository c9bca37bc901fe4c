"""Time and memory of a piece of work, its worker processes included."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import psutil

Answer = TypeVar("Answer")
_EVERY = 1.0  # seconds between two looks at the memory, which take time themselves
_MEBIBYTES = 1 << 20


@dataclass(frozen=True)
class Seconds:
    """Wall-clock seconds, and seconds of processor time, which other work on the machine disturbs less."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.3f} s ({self.processor:.3f} s of processor time)"


def timed(work: Callable[[], object]) -> Seconds:
    """Run once. The processor time is that of this process and of all that came from it."""
    wall, processor = time.perf_counter(), _processor()
    work()
    return Seconds(time.perf_counter() - wall, _processor() - processor)


def median(report: Callable[[str], object], words: str, repeats: int, work: Callable[[], object]) -> Seconds:
    """Run several times, report the raw samples and return the one of median processor time."""
    found = [timed(work) for _ in range(repeats)]
    report(f"    {words}: {'; '.join(map(str, found))}")
    return sorted(found, key=lambda one: one.processor)[repeats // 2]


def ratio(slow: Seconds, fast: Seconds) -> str:
    """How many times as fast, in words."""
    return f"{slow.processor / fast.processor:,.0f} × by processor time, {slow.wall / fast.wall:,.0f} × by the clock"


def _processor() -> float:
    this, *others = _family()
    own, times = this.cpu_times(), [times for process in others if (times := _asked(process.cpu_times))]
    ended = own.children_user + own.children_system
    return time.process_time() + ended + sum(t.user + t.system + t.children_user + t.children_system for t in times)


@dataclass
class Memory:
    """The most memory that this process and its workers held at one time, in MiB.

    Attributes:
        shared: what processes share counted once (proportional set size).
        resident: what they share counted for each of them.
    """

    shared: float = 0
    resident: float = 0

    def __str__(self) -> str:
        return f"{self.shared:,.0f} MiB, or {self.resident:,.0f} MiB with what processes share counted for each"


@contextmanager
def memory_watched() -> Iterator[Memory]:
    """Look at the memory every second while the block runs (Linux)."""
    found, ended = Memory(), threading.Event()

    def watch() -> None:
        while not ended.wait(_EVERY):
            shared, resident = _held()
            found.shared, found.resident = max(found.shared, shared), max(found.resident, resident)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _held() -> tuple[float, float]:
    sizes = [size for process in _family() if (size := _asked(process.memory_full_info))]
    return sum(size.pss for size in sizes) / _MEBIBYTES, sum(size.rss for size in sizes) / _MEBIBYTES


def _family() -> list[psutil.Process]:
    """This process and all that came from it and still run."""
    this = psutil.Process()
    return [this, *this.children(recursive=True)]


def _asked(question: Callable[[], Answer]) -> Answer | None:
    try:
        return question()
    except psutil.NoSuchProcess:
        return None  # it has ended
