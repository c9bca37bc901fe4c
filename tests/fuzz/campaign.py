"""Broken files given to readers in processes of their own, of which each file has five seconds and 1.5 GiB.

The processes are forks of this one, which has imported the readers and made their whole files once.
"""

import multiprocessing
import random
import resource
import shutil
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal, get_args

from tests.fuzz.mutation import mutated
from tests.fuzz.readers import Reader, all_readers, is_one_sentence

MOST_SECONDS = 5.0  # of one core's time
_MOST_WAITING = 60.0  # of the clock, on a busy machine
MOST_MEMORY = 3 << 29
Outcome = Literal["accepted", "refused", "foreign", "hang", "crash"]


@dataclass(frozen=True)
class Result:
    """What came of one file: its number, the reader, and for a fault what it said."""

    number: int
    reader: str
    outcome: Outcome
    said: str = ""
    seconds: float = 0.0
    memory: int = 0


def run(count: int, seed: int, jobs: int = 1) -> Iterator[Result]:
    """Break and read `count` files; the same seed gives the same files, whatever the number of processes."""
    readers = all_readers()
    shares = [list(range(job, count, jobs)) for job in range(jobs)]
    workers = [_Worker(readers, seed, share) for share in shares if share]
    while workers:
        for worker in list(workers):
            found = worker.next()
            if found is not None:
                yield found
            elif worker.done:
                workers.remove(worker)


class _Worker:
    """A process that works through its share, and is replaced when a file ends or stops it."""

    def __init__(self, readers: list[Reader], seed: int, share: list[int]) -> None:
        self._readers, self._seed, self._share = readers, seed, share
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        self._connection, theirs = context.Pipe(duplex=False)
        given = (theirs, self._readers, self._seed, self._share)
        self._process = context.Process(target=_work, args=given, daemon=True)
        self._process.start()
        theirs.close()
        self._since: float | None = None

    @property
    def done(self) -> bool:
        return not self._share

    def next(self) -> Result | None:
        """The next result, if there is one within a moment."""
        try:
            if self._connection.poll(0.2):
                message = self._connection.recv()
                self._since = time.monotonic()
                if message is None:
                    return None
                self._share = self._share[self._share.index(message.number) + 1 :]
                return message
        except (EOFError, OSError):
            return self._replaced("crash")
        if self._since is not None and time.monotonic() - self._since > _MOST_WAITING:
            self._process.kill()
            return self._replaced("hang")
        return None

    def _replaced(self, outcome: Outcome) -> Result | None:
        self._process.join()
        if not self._share:
            return None
        number, self._share = self._share[0], self._share[1:]
        if self._share:
            self._start()
        return Result(number, "?", outcome, f"exit code {self._process.exitcode}")


def _work(connection: Connection, readers: list[Reader], seed: int, share: list[int]) -> None:
    warnings.simplefilter("error")
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + MOST_MEMORY, -1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    connection.send(None)
    for number in share:
        reader, data = _given(number, seed, readers)
        connection.send(_tried(number, reader, data, before))


def _given(number: int, seed: int, readers: list[Reader]) -> tuple[Reader, bytes]:
    """Whom file `number` is for, in turn, and the file: first a whole one, since a reader might refuse everything."""
    reader = readers[number % len(readers)]
    if number < len(readers):
        return reader, reader.seeds[-1]
    rng = random.Random(f"{seed} {number}")
    return reader, mutated(rng.choice(reader.seeds), rng)


def _tried(number: int, reader: Reader, data: bytes, before: int) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    started = time.process_time()
    said, outcome = "", "accepted"
    try:
        reader.check(data, folder)
    except Exception as error:
        outcome = "refused" if is_one_sentence(error) else "foreign"
        said = "" if outcome == "refused" else "".join(traceback.format_exception(error))[-1500:]
    seconds = time.process_time() - started
    shutil.rmtree(folder, ignore_errors=True)
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    return Result(number, reader.name, "hang" if seconds > MOST_SECONDS else outcome, said, seconds, memory)


def counts(results: list[Result]) -> dict[str, dict[str, int]]:
    """How many files each reader accepted, refused and failed on, by reader."""
    found = {name: dict.fromkeys(get_args(Outcome), 0) for name in sorted({result.reader for result in results})}
    for result in results:
        found[result.reader][result.outcome] += 1
    return found


def table(results: list[Result]) -> str:
    """The counts as Markdown."""
    outcomes = get_args(Outcome)
    found = counts(results)
    found["all"] = {outcome: sum(one[outcome] for one in found.values()) for outcome in outcomes}
    lines = [f"| reader | files | {' | '.join(outcomes)} |", "|---|" + "---:|" * (len(outcomes) + 1)]
    for reader, one in found.items():
        lines.append(f"| {reader} | {sum(one.values())} | {' | '.join(str(one[outcome]) for outcome in outcomes)} |")
    slowest = max(results, key=lambda result: result.seconds)
    most = max(result.memory for result in results) / (1 << 20)
    lines.append(f"\nSlowest: {slowest.seconds:.2f} s ({slowest.reader}, file {slowest.number}).")
    lines.append(f"Memory beyond that of the readers themselves: {most:,.0f} MiB at most.")
    return "\n".join(lines)
