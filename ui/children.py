"""Commands that run beside the app, and end with it."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

_running: "set[subprocess.Popen[str]]" = set()


def run_beside(command: Sequence[str], folder: Path, timeout: float, **further: str) -> tuple[int, str]:
    """Run a command in a folder to its end; returns its exit code and what it said on stderr.

    Args:
        command: program and arguments.
        folder: where it runs.
        timeout: seconds.
        further: environment variables besides this process's.

    Raises:
        subprocess.TimeoutExpired: it took longer, and was ended.
    """
    environment = {**os.environ, **further}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as child:
        _running.add(child)
        try:
            _, said = child.communicate(timeout=timeout)
        finally:
            child.kill()  # nothing, where it has ended
            _running.discard(child)
    return child.returncode, said


def end_all() -> None:
    """End all commands that run."""
    for child in list(_running):
        child.kill()
