"""Sixteen people at once for two minutes: each brings radiographs, looks, refines; does all go well, and is all freed?

Sliders move in the browser alone and cost the server nothing; here each visitor pauses as long as somebody would move
one. What the server sees is what Gradio's JavaScript would send.
"""

import io
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from data_cache.demo import bundled_cases
from tests.benchmarks.startup import memory
from tests.browser.running_app import running_app
from tests.ui.visitor import Visitor

PEOPLE, SECONDS, PAUSE = 16, 120.0, 1.0
KEEP = 2.0  # seconds for which the app keeps what a visitor has left
MIB = 1 << 20
ALLOWED = 100  # MiB


@dataclass
class Seen:
    """What the visitors saw; lists are appended to from many threads."""

    uploads: list[float] = field(default_factory=list)
    refinements: list[float] = field(default_factory=list)
    waiting: list[dict] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def run(report: Callable[[str], object]) -> None:
    report(f"{PEOPLE} people at once for {SECONDS:.0f} s, bundled weights; memory back within ±{ALLOWED} MiB wanted")
    with tempfile.TemporaryDirectory() as folder, running_app("--keep", str(KEEP), temporary=Path(folder)) as address:
        before_all = Seen()
        crowd(address, before_all, people=4, seconds=10)  # memory that stays whoever comes: threads, arenas, kernels
        time.sleep(KEEP + 5)
        before = memory()
        seen = Seen()
        peak = crowd(address, seen, PEOPLE, SECONDS)
        time.sleep(KEEP + 20)
        after = memory()
    times = {"uploads explained": seen.uploads, "refinements to 2×2": seen.refinements}
    for name, seconds in times.items():
        if seconds:
            spread = f"median {statistics.median(seconds):.1f} s, longest {max(seconds):.1f} s"
            report(f"  {len(seconds)} {name}: {spread}")
    said = [one for one in seen.waiting if one["seconds"] is not None]
    report(f"  {len(seen.waiting)} times somebody was told the place in line, {len(said)} times with the time")
    if said:
        report(f"  for example: {max(said, key=lambda one: one['before'])['words']}")
    report(f"  errors: {len(seen.errors)} {sorted(set(seen.errors))[:3] or ''}")
    report(f"  memory before {before / MIB:.0f} MiB, peak {peak / MIB:.0f} MiB, after {after / MIB:.0f} MiB: ")
    report(f"  {(after - before) / MIB:+.0f} MiB; load {psutil.getloadavg()[0]:.1f}")


def crowd(address: str, seen: Seen, people: int, seconds: float) -> float:
    """Let people use the app; returns the most memory that it held."""
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=visit, args=(address, seen, end, seed)) for seed in range(people)]
    for thread in threads:
        thread.start()
    peak = memory()
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, memory())
        time.sleep(0.5)
    return peak


def visit(address: str, seen: Seen, end: float, seed: int) -> None:
    """One visit: upload, look, refine, again."""
    rng = np.random.default_rng(seed)
    try:
        visitor = Visitor(address)
        with visitor.visiting():
            follow(visitor, "open", {"case": bundled_cases()[0].id}, seen)
            while time.monotonic() < end:
                upload = visitor.upload(f"visitor {seed}.png", radiograph(rng))
                seen.uploads.append(follow(visitor, "read", upload, seen))
                time.sleep(PAUSE)
                seen.refinements.append(follow(visitor, "refine", {"steps": 2}, seen))
    except Exception as error:  # told in the report
        seen.errors.append(repr(error))


def follow(visitor: Visitor, event: str, data: dict | None, seen: Seen) -> float:
    """Follow one request to its end; returns its seconds."""
    started = time.monotonic()
    last = None
    for last in visitor.ask(event, data):
        if last.get("waiting"):
            seen.waiting.append(last["waiting"])
        if last.get("error"):
            seen.errors.append(last["error"])
    if last is None or last["busy"] or len(last.get("maps", ())) != 5:
        seen.errors.append(f"{event} did not end with five maps")
    return time.monotonic() - started


def radiograph(rng: np.random.Generator) -> bytes:
    """A picture as large as many radiographs are, different each time."""
    buffer = io.BytesIO()
    small = Image.fromarray(rng.integers(0, 256, (64, 56), dtype=np.uint8))
    small.resize((1792, 2048), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()
