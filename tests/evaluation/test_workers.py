"""Real processes: what they say of themselves, and that they end with the one that started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from threadpoolctl import threadpool_info, threadpool_limits

from evaluation import workers
from evaluation.workers import in_order, largest_worker

SLEEPER = """
import time
from evaluation.workers import in_order
if __name__ == "__main__":
    list(in_order(time.sleep, [0.1] * 10_000, 2))
"""


def test_workers_say_how_much_memory_they_held():
    assert list(in_order(abs, range(-9, 0), 2)) == list(range(9, 0, -1))
    assert 10_000 < largest_worker() < 10_000_000  # KiB


def test_workers_end_when_the_first_process_is_killed(tmp_path):
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER)
    environment = {**os.environ, "PYTHONPATH": str(Path(workers.__file__).parents[1])}
    first = subprocess.Popen([sys.executable, str(script)], env=environment)
    try:
        end = time.monotonic() + 60
        while len(psutil.Process(first.pid).children(recursive=True)) < 4 and time.monotonic() < end:
            time.sleep(0.1)  # two that work, the one they were copied from, and the tracker of shared resources
        time.sleep(2)  # until they have been given their work
        others = psutil.Process(first.pid).children(recursive=True)
        assert len(others) >= 3
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    _, left = psutil.wait_procs(others, timeout=60)
    for process in left:
        process.kill()
    assert not left


def test_work_in_this_process_has_one_thread():
    with threadpool_limits(limits=2):
        (found,) = in_order(lambda _: threadpool_info(), [0], 1)
        assert found and {library["num_threads"] for library in found} == {1}
        assert {library["num_threads"] for library in threadpool_info() if library["internal_api"] == "openblas"} == {2}
