"""Time and memory of a piece of work, its worker processes included."""

import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_EVERY = 1.0  # seconds between two looks at the memory, which take time themselves
_KIBIBYTES = 1024


@dataclass(frozen=True)
class Seconds:
    """Wall-clock seconds, and seconds of processor time, which other work on the machine disturbs less."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.3f} s ({self.processor:.3f} s of processor time)"


def timed(work: Callable[[], object]) -> Seconds:
    """Run once. The processor time is that of this process and of its workers that have ended."""
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
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


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
    shared = resident = 0
    for process in _family():
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it has ended
        sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
        shared, resident = shared + sizes["Pss"], resident + sizes["Rss"]
    return shared / _KIBIBYTES, resident / _KIBIBYTES


def _family() -> list[int]:
    """This process and its children."""
    return [os.getpid(), *(int(child) for path in Path("/proc/self/task").glob("*/children") for child in _read(path))]


def _read(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []  # the thread has ended
