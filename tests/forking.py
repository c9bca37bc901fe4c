"""The app in processes that start at once: forks of a process that has imported what the app imports, and no more.

A new process takes seconds of processor time to import PyTorch and Gradio. What those make of the environment when
they are imported is that of the first process; what asks for anything else needs a new one.
"""

import atexit
import functools
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import IO

from tests.warm import end_after, frozen, warm_python

ROOT = Path(__file__).parents[1]
# None of them starts a thread or computes anything before the fork. OpenVINO does, and is left to who needs it.
_IMPORTED = ("ui.command", "ui.engine", "ui.page", "models.predictor", "sklearn.metrics", "timm", "explainers.registry")


def prepare() -> None:
    """Import what the app imports, and make what it makes once a process: all of it the same in each."""
    for name in _IMPORTED:
        import_module(name)
    from ui import page_files
    from ui.protocol import sending

    sending.version()
    for file in (page_files.script, page_files.style, page_files.gradio_script, page_files.gradio_style):
        _ = file().packed
    _ = page_files.plotly().packed


class Fork:
    """`app.py` in a process of its own. Has what the tests use of `subprocess.Popen`."""

    def __init__(self, pid: int, source: "_Source") -> None:
        self.pid, self._source = pid, source

    def poll(self) -> int | None:
        """The exit status, negative for a signal, or None while it runs."""
        return self._source.status(self.pid, 0)

    def wait(self, timeout: float) -> int:
        """Wait for the end and return the status.

        Raises:
            TimeoutExpired: it does not come in time.
        """
        end = time.monotonic() + timeout
        while (status := self._source.status(self.pid, max(0.0, end - time.monotonic()))) is None:
            if time.monotonic() >= end:
                raise subprocess.TimeoutExpired("app.py", timeout)
        return status

    def terminate(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class _Source:
    """The process that is forked, and what it has told of its forks."""

    def __init__(self) -> None:
        command = [*warm_python(), "-m", "tests.forking"]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        # Not buffered: what has been read from the pipe but lies in a buffer, nobody is woken for.
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._ended: dict[int, int] = {}
        atexit.register(self._end)

    def fork(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> Fork:
        log.write_bytes(b"")  # whoever reads it from now on reads nothing of an earlier app
        order = {"arguments": arguments, "environment": dict(environment), "log": str(log)}
        to, of = self._pipes()
        to.write(json.dumps(order).encode() + b"\n")
        to.flush()
        while True:
            what, pid, status = json.loads(of.readline())
            if what == "started":
                return Fork(pid, self)
            self._ended[pid] = status

    def status(self, pid: int, patience: float) -> int | None:
        _, of = self._pipes()
        while pid not in self._ended and select.select([of], [], [], patience)[0]:
            _, ended, status = json.loads(of.readline())
            self._ended[ended] = status
        return self._ended.get(pid)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin and self._process.stdout
        return self._process.stdin, self._process.stdout

    def _end(self) -> None:
        for pipe in self._pipes():
            pipe.close()
        self._process.wait(timeout=60)


@functools.cache
def _source() -> _Source:
    return _Source()


def fork_app(arguments: list[str], environment: Mapping[str, str], log: Path) -> Fork:
    """Start the app with these flags and variables, and no others; it says all it says to the file `log`."""
    return _source().fork(arguments, environment, log)


def _serve() -> bool:
    """Fork for every line of the input and tell of every end; True in a fork, False when there is no more to do."""
    orders, answers = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb", buffering=0)
    ending, at_an_end = os.pipe()
    os.set_blocking(at_an_end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # is for the tests
    signal.set_wakeup_fd(at_an_end)
    alive: set[int] = set()
    while True:
        ready = select.select([orders, ending], [], [])[0]
        if ending in ready:
            os.read(ending, 1024)
            for pid in list(alive):
                if (found := os.waitpid(pid, os.WNOHANG))[0]:
                    alive.remove(pid)
                    status = os.waitstatus_to_exitcode(found[1])
                    answers.write(json.dumps(["ended", pid, status]).encode() + b"\n")
        if orders in ready:
            line = orders.readline()
            if not line:
                for pid in alive:
                    os.kill(pid, signal.SIGKILL)
                return False
            if (pid := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                for file in (orders, answers):
                    file.close()
                os.close(ending)
                os.close(at_an_end)
                _become(json.loads(line))
                return True
            alive.add(pid)
            answers.write(json.dumps(["started", pid, 0]).encode() + b"\n")


def _become(order: dict[str, object]) -> None:
    """Have the signals, files, variables and arguments that a new process has."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    log = os.open(str(order["log"]), os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(log, stream)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(log)
    os.close(nothing)
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[arg-type]
    sys.argv[:] = ["app.py", *order["arguments"]]  # type: ignore[misc]


if __name__ == "__main__":
    prepare()
    frozen()
    if _serve():
        end_after(lambda: runpy.run_path(str(ROOT / "app.py"), run_name="__main__"))
