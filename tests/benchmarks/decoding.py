"""Six people bring a picture of 50 million pixels at once: how much memory does the app hold, and are all answered?

At most, and then, while all six are open and what their originals keep is within its share of the memory.
"""

import io
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import psutil
from PIL import Image

from tests.benchmarks.startup import memory
from tests.browser.running_app import running_app
from tests.ui.visitor import Visitor

PEOPLE, SIDE = 6, 7070
MIB = 1 << 20
ALLOWED = 2048  # MiB
MODES = ("L", "RGBA", "I;16")


def run(report: Callable[[str], object]) -> None:
    report(f"{PEOPLE} people with a picture of {SIDE}×{SIDE} at once, bundled weights; at most {ALLOWED} MiB wanted")
    with tempfile.TemporaryDirectory() as folder, running_app(temporary=Path(folder), fresh=True) as address:
        *_, _ = Visitor(address).ask("open", {"case": "nobody"})
        for mode in MODES:
            data = picture(mode)
            before, started = memory(), time.monotonic()
            errors, peak, held = crowd(address, data)
            report(
                f"  {mode}, a file of {len(data) / 1000:.0f} kB: memory before {before / MIB:.0f} MiB, highest "
                f"{peak / MIB:.0f} MiB, with all open {held / MIB:.0f} MiB, {time.monotonic() - started:.1f} s; "
                f"{len(errors)} errors {errors[:1] or ''}"
            )
        report(f"  load {psutil.getloadavg()[0]:.1f}")


def crowd(address: str, data: bytes) -> tuple[list[str], float, float]:
    """Let all bring the picture and stay; returns what went wrong, the most memory held, and that with all open."""
    answers: SimpleQueue[str] = SimpleQueue()
    over = threading.Event()
    coming = [threading.Thread(target=visit, args=(address, data, answers, over)) for _ in range(PEOPLE)]
    for one in coming:
        one.start()
    peak = memory()
    while answers.qsize() < PEOPLE:
        peak = max(peak, memory())
        time.sleep(0.02)
    held = memory()
    over.set()
    for one in coming:
        one.join()
    return [error for _ in coming if (error := answers.get())], peak, held


def visit(address: str, data: bytes, answers: SimpleQueue[str], over: threading.Event) -> None:
    """Bring the picture, say what went wrong, and stay until all is over."""
    try:
        visitor = Visitor(address)
        with visitor.visiting():
            *_, last = visitor.ask("read", visitor.upload("large.png", data))
            error = last.get("error") or ("" if len(last.get("maps", ())) == 5 else "did not end with five maps")
            answers.put(error)
            over.wait()
    except Exception as wrong:
        answers.put(repr(wrong))


def picture(mode: str) -> bytes:
    buffer = io.BytesIO()
    row = (np.arange(SIDE) % 251).astype(np.uint8)
    grey = Image.fromarray(np.broadcast_to(row, (SIDE, SIDE)).copy())
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    full = {"L": grey, "I;16": deep}.get(mode) or Image.merge("RGBA", [grey] * 4)
    full.save(buffer, "PNG")
    return buffer.getvalue()
