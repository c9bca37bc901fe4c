"""Six people bring a picture of 50 million pixels at once: how much memory does the app hold, and are all answered?"""

import io
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from tests.benchmarks.startup import memory
from tests.browser.running_app import running_app
from tests.ui.visitor import Visitor

PEOPLE, SIDE = 6, 7070
MIB = 1 << 20
ALLOWED = 2048  # MiB
MODES = ("L", "RGBA")


def run(report: Callable[[str], object]) -> None:
    report(f"{PEOPLE} people with a picture of {SIDE}×{SIDE} at once, bundled weights; at most {ALLOWED} MiB wanted")
    with tempfile.TemporaryDirectory() as folder, running_app(temporary=Path(folder), fresh=True) as address:
        *_, _ = Visitor(address).ask("open", {"case": "nobody"})
        for mode in MODES:
            data = picture(mode)
            before, started = memory(), time.monotonic()
            errors, peak = crowd(address, data)
            report(
                f"  {mode}, a file of {len(data) / 1000:.0f} kB: memory before {before / MIB:.0f} MiB, highest "
                f"{peak / MIB:.0f} MiB, {time.monotonic() - started:.1f} s; {len(errors)} errors {errors[:1] or ''}"
            )
        report(f"  load {psutil.getloadavg()[0]:.1f}")


def crowd(address: str, data: bytes) -> tuple[list[str], float]:
    """Let all bring the picture; returns what went wrong, and the most memory that the app held."""
    with ThreadPoolExecutor(PEOPLE) as pool:
        coming = [pool.submit(visit, address, data) for _ in range(PEOPLE)]
        peak = memory()
        while not all(one.done() for one in coming):
            peak = max(peak, memory())
            time.sleep(0.02)
    return [error for one in coming if (error := one.result())], peak


def visit(address: str, data: bytes) -> str:
    """Bring the picture; returns what went wrong."""
    visitor = Visitor(address)
    with visitor.visiting():
        *_, last = visitor.ask("read", visitor.upload("large.png", data))
    return last.get("error") or ("" if len(last.get("maps", ())) == 5 else "did not end with five maps")


def picture(mode: str) -> bytes:
    buffer = io.BytesIO()
    row = (np.arange(SIDE) % 251).astype(np.uint8)
    grey = Image.fromarray(np.broadcast_to(row, (SIDE, SIDE)).copy())
    full = grey if mode == "L" else Image.merge("RGBA", [grey] * 4)
    full.save(buffer, "PNG")
    return buffer.getvalue()
