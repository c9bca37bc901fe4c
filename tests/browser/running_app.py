"""The app as a visitor meets it: a process of its own on a free port."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.forking import Fork, fork_app
from tests.warm import warm_python

APP = Path(__file__).parents[2] / "app.py"
START_WITHIN = 180  # seconds; a few on an idle machine


@contextmanager
def running_app(
    *arguments: str,
    temporary: Path,
    program: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    fresh: bool = False,
) -> Iterator[str]:
    """Start the app and yield its address; it writes only below `temporary`.

    Where nothing else is asked for, it is a fork of a process that has imported its libraries.

    Args:
        arguments: flags for the app.
        temporary: where Gradio lays out files.
        program: what Python runs, where that is not the app itself.
        environment: further variables.
        log: file for all that the app says.
        fresh: start a new process, which imports all anew: for variables that libraries read as they are imported.
    """
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(temporary), "PYTHONUNBUFFERED": "1", **(environment or {})}
    environment.pop("GRADIO_SERVER_PORT", None)
    environment.pop("CHEXLOCALIZE_ROOT", None)
    flags = ["--host", "127.0.0.1", *arguments]
    said = log or temporary.with_name(f"{temporary.name}.log")
    said.parent.mkdir(parents=True, exist_ok=True)
    app: Fork | subprocess.Popen[bytes]
    if program or fresh:
        command = [*([sys.executable] if fresh else warm_python()), *(program or [str(APP)]), *flags]
        with said.open("wb") as out:
            app = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=APP.parent)
    else:
        app = fork_app(flags, environment, said)
    try:
        yield address_of(app, said)
    finally:
        app.terminate()
        app.wait(timeout=30)


def address_of(app: "Fork | subprocess.Popen[bytes]", said: Path, within: float = START_WITHIN) -> str:
    """Wait until a starting app says its address in the file that it writes to."""
    end = time.monotonic() + within
    while time.monotonic() < end and app.poll() is None:
        for line in said.read_text().splitlines():
            if " is at http" in line:
                return line.split(" is at ")[1].strip()
        time.sleep(0.05)
    raise RuntimeError(f"The app did not start: {said.read_text()}")
