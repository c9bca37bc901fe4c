"""Pythons that start at once: forks of a process that has imported what they would import.

    python -m tests.warm FOLDER                        imports, collects the tests, and forks for those who ask
    python -S tests/warm.py SOCKET -m MODULE WORDS     what `python -m MODULE WORDS` does, in such a fork

A new process takes seconds of processor time to import PyTorch and Gradio, and a worker of pytest-xdist half a minute
to collect the tests, all of them the same. FOLDER gets two sockets: behind "app" stands a process that has imported
what the app imports, and no more; behind "tests" a fork of it that has collected the tests besides. What libraries
make of the environment when they are imported is that of the first process. Linux only.
"""

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

APP, TESTS = "app", "tests"
PLACE = "WARM_PYTHON"  # in the environment of the workers: the folder of the sockets
_BEGUN_WITHIN = 60  # seconds until the sockets are there, not until anything is imported


def warm_python(kind: str = APP) -> list[str]:
    """What stands for Python in a command: a warm one where there is one, or else this one."""
    place = os.environ.get(PLACE)
    return [sys.executable, "-S", __file__, os.path.join(place, kind)] if place else [sys.executable]  # noqa: PTH118


def warm_executable() -> str:
    """The same as one file, for what takes no more than the name of a Python: APP alone."""
    place = os.environ.get(PLACE)
    return os.path.join(place, "python") if place else sys.executable  # noqa: PTH118


def _ask(address: str, words: list[str]) -> int:
    """Have a fork do the work with this process's files, folder and variables; returns its exit status."""
    import json

    end = time.monotonic() + _BEGUN_WITHIN
    with socket.socket(socket.AF_UNIX) as to:
        while to.connect_ex(address):
            if time.monotonic() > end:
                sys.exit(f"nobody answers at {address}")
            time.sleep(0.05)
        order = json.dumps({"words": words, "folder": os.getcwd(), "environment": dict(os.environ)})  # noqa: PTH109
        socket.send_fds(to, [len(order.encode()).to_bytes(8, "little")], [0, 1, 2])
        to.sendall(order.encode())
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):  # so that their other ends see the end of the fork
            os.dup2(nothing, stream)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: to.send(bytes([number])))
        try:
            status = to.recv(1)
        except ConnectionResetError:
            status = b""
    return status[0] if status else 1


class Listener:
    """Forks the process for whoever asks at a socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(address)
        self._socket.listen()

    def close(self) -> None:
        self._socket.close()

    def serve(self) -> list[str] | None:
        """The words of an order, in the fork that carries it out; None where there is no more to do.

        That is when the other end of standard input is closed.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # is for the tests
        signal.signal(signal.SIGCHLD, lambda *_: _reap(os.WNOHANG))
        while True:
            ready = select.select([self._socket, 0], [], [])[0]
            if 0 in ready:
                self.close()
                _reap(0)
                return None
            at, _ = self._socket.accept()
            if os.fork() == 0:
                self.close()
                return _carried_out(at)
            at.close()


def _reap(how: int) -> None:
    """Take note of children's ends, and of their processor time; with 0 for `how`, wait for all."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, how)[0]:
            pass


def _carried_out(at: socket.socket) -> list[str]:
    """Fork once more and become what is asked for there; this process stays and watches the fork."""
    import json

    length, files, _, _ = socket.recv_fds(at, 8, 3)
    with at.makefile("rb") as stream:
        order = json.loads(stream.read(int.from_bytes(length, "little")))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if child := os.fork():
        os._exit(_watched(child, at))
    at.close()
    for stream, file in enumerate(files):
        os.dup2(file, stream)
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = (open(number, "w", buffering=1, closefd=False) for number in (1, 2))  # noqa: SIM115
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    words: list[str] = order["words"]
    return words


def _watched(child: int, at: socket.socket) -> int:
    """Pass on signals to the fork and its status from it; it ends with whoever has asked for it."""
    ended = os.pidfd_open(child)
    while ended not in (ready := select.select([ended, at], [], [])[0]):
        assert at in ready
        told = at.recv(1)
        os.kill(child, told[0] if told else signal.SIGKILL)
        if not told:
            return 0
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    at.send(bytes([status if status >= 0 else 128 - status]))
    return 0


def _become(words: list[str]) -> None:
    """Do what Python does with these words: -u, then -m MODULE, -c CODE or SCRIPT, and what is handed on."""
    import runpy
    import types

    option, *rest = words[1:] if words[0] == "-u" else words
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv[:] = [option, *rest]
    if option not in ("-m", "-c"):
        runpy.run_path(option, run_name="__main__")
        return
    what = sys.argv.pop(1)
    if option == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), main.__dict__)


def frozen() -> None:
    """Keep Python's collector from going over all that is imported again and again; forks would copy it."""
    import gc

    gc.collect()
    gc.freeze()
    gc.enable()


def end_after(work: Callable[[], object]) -> NoReturn:
    """Do the work of a fork and end as Python does, but for taking down all that was imported.

    To take that down takes two seconds, and libraries complain of what is frozen. Threads are waited for, what is
    registered for the end is called, and the status is Python's.
    """
    import atexit
    import threading

    status = 0
    try:
        work()
    except SystemExit as end:
        status = _status_of(end)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def _status_of(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _serve(folder: str) -> None:
    import gc

    from tests.forking import prepare

    with open(os.path.join(folder, "python"), "w") as file:  # noqa: PTH118, PTH123
        file.write(f'#!/bin/sh\nexec {sys.executable} -S {__file__} {folder}/{APP} "$@"\n')
    os.chmod(file.name, 0o700)  # noqa: PTH101
    app, tests = (Listener(os.path.join(folder, kind)) for kind in (APP, TESTS))  # noqa: PTH118
    # Until all is frozen: of what is imported nothing becomes garbage, and to look for it takes a fifth of the time.
    gc.disable()
    prepare()
    frozen()
    if os.fork() == 0:
        app.close()
        gc.disable()
        _collect()
        listener = tests
    else:
        tests.close()
        listener = app
    words = listener.serve()
    if words is None:
        os._exit(0)  # there is nothing to tidy up, and much to take down
    end_after(lambda: _become(words))


def _collect() -> None:
    """Import all test modules as pytest does."""
    import pytest

    del os.environ[PLACE]
    pytest.main(["--collect-only", "--override-ini", "addopts=", "-p", "no:terminal", "-p", "no:cacheprovider"])
    frozen()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(_ask(sys.argv[1], sys.argv[2:]))
    _serve(sys.argv[1])
