"""How soon `python app.py` answers, and how much memory it holds then and once its models are loaded."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil

from data_cache.demo import bundled_cases
from tests.browser.running_app import running_app
from tests.ui.visitor import Visitor

REPEATS = 3
ANSWER_WITHIN, HOLD_AT_MOST = 6.0, 1.2  # seconds, GiB
GIB = 1 << 30


def run(report: Callable[[str], object]) -> None:
    report(f"`python app.py`, bundled weights and cases; limits {ANSWER_WITHIN} s to answer, {HOLD_AT_MOST} GiB held")
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            with running_app(temporary=Path(folder) / "temporary", fresh=True) as address:
                httpx.get(address, trust_env=False).raise_for_status()
                answered = time.perf_counter() - started
                fresh = memory()
                visitor = Visitor(address)
                with visitor.visiting():
                    list(visitor.ask("open", {"case": bundled_cases()[0].id}))
                explained = time.perf_counter() - started
                report(
                    f"  answers after {answered:.2f} s, first case explained after {explained:.2f} s; "
                    f"holds {fresh / GIB:.2f} GiB when it answers, {memory() / GIB:.2f} GiB after the first case; "
                    f"load {psutil.getloadavg()[0]:.1f}"
                )


def memory() -> float:
    """Bytes held by the app, which is this process's only child."""
    (app,) = psutil.Process().children()
    return float(app.memory_info().rss)
