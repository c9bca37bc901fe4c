"""Many people at once: do all requests go well, how long do they take, and is all memory freed?

First 32 people who open 20 listed cases each, then 16 for two minutes: each brings radiographs, looks, refines.

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
OPENING, OPENED, P95, MOST = 32, 20, 15.0, 1434  # people, cases each, seconds and MiB allowed
KEEP = 2.0  # seconds for which the app keeps what a visitor has left
MIB = 1 << 20
ALLOWED = 100  # MiB


@dataclass
class Seen:
    """What the visitors saw; lists are appended to from many threads."""

    opened: list[float] = field(default_factory=list)
    uploads: list[float] = field(default_factory=list)
    refinements: list[float] = field(default_factory=list)
    waiting: list[dict] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def run(report: Callable[[str], object]) -> None:
    run_opening(report)
    run_bringing(report)


def run_opening(report: Callable[[str], object]) -> None:
    """Let many open listed cases, as fast as they are answered."""
    report(
        f"{OPENING} people open {OPENED} listed cases each, bundled weights; no error, 95 % within {P95:.0f} s, "
        f"at most {MOST} MiB wanted; load before {psutil.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as folder, running_app(temporary=Path(folder), fresh=True) as address:
        seen, peak, started = Seen(), memory(), time.monotonic()
        threads = [threading.Thread(target=look, args=(address, seen, seed)) for seed in range(OPENING)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            peak = max(peak, memory())
            time.sleep(0.1)
    if seen.opened:
        p95 = statistics.quantiles(seen.opened, n=20)[-1] if len(seen.opened) > 1 else seen.opened[0]
        spread = (
            f"median {statistics.median(seen.opened):.2f} s, 95 % within {p95:.2f} s, longest {max(seen.opened):.1f} s"
        )
        report(f"  {len(seen.opened)} cases opened in {time.monotonic() - started:.1f} s: {spread}")
    report(f"  errors: {len(seen.errors)} {sorted(set(seen.errors))[:3] or ''}")
    report(f"  highest memory {peak / MIB:.0f} MiB; load {psutil.getloadavg()[0]:.1f}")


def look(address: str, seen: Seen, seed: int) -> None:
    """One visit that opens case after case."""
    order = np.random.default_rng(seed).permutation(len(bundled_cases()))[:OPENED]
    try:
        visitor = Visitor(address)
        with visitor.visiting():
            for number in order:
                seen.opened.append(follow(visitor, "open", {"case": bundled_cases()[number].id}, seen))
    except Exception as error:  # told in the report
        seen.errors.append(repr(error))


def run_bringing(report: Callable[[str], object]) -> None:
    """Let some bring radiographs and refine their maps."""
    report(f"{PEOPLE} people at once for {SECONDS:.0f} s, bundled weights; memory back within ±{ALLOWED} MiB wanted")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app("--keep", str(KEEP), temporary=Path(folder), fresh=True) as address,
    ):
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
