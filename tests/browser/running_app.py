"""The app as a visitor meets it: a process of its own on a free port."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

APP = Path(__file__).parents[2] / "app.py"
START_WITHIN = 180  # seconds; a few on an idle machine


@contextmanager
def running_app(*arguments: str, temporary: Path) -> Iterator[str]:
    """Start the app and yield its address; it writes only below `temporary`."""
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(temporary), "PYTHONUNBUFFERED": "1"}
    environment.pop("GRADIO_SERVER_PORT", None)
    environment.pop("CHEXLOCALIZE_ROOT", None)
    command = [sys.executable, str(APP), "--host", "127.0.0.1", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as app:
        try:
            yield _address(app)
        finally:
            app.terminate()
            app.wait(timeout=30)


def _address(app: "subprocess.Popen[str]") -> str:
    assert app.stdout is not None
    said = []
    with selectors.DefaultSelector() as selector:
        selector.register(app.stdout, selectors.EVENT_READ)
        end = time.monotonic() + START_WITHIN
        while time.monotonic() < end and app.poll() is None:
            if not selector.select(timeout=0.5):
                continue
            line = app.stdout.readline()
            said.append(line)
            if " is at http" in line:
                return line.split(" is at ")[1].strip()
    raise RuntimeError(f"The app did not start: {''.join(said)}")
