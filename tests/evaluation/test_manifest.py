"""What the manifest says about a run."""

import resource
from types import SimpleNamespace

from evaluation.report import manifest
from evaluation.report.manifest import peak_memory
from evaluation.workers import in_order, largest_worker


def test_every_worker_counts_in_the_peak_of_memory(monkeypatch):
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=300 * 1024))
    monkeypatch.setattr(manifest, "largest_worker", lambda: 200 * 1024)
    assert (peak_memory(), peak_memory(2)) == (500, 700)


def test_workers_say_how_much_memory_they_held():
    assert list(in_order(abs, range(-9, 0), 2)) == list(range(9, 0, -1))
    assert 10_000 < largest_worker() < 10_000_000  # KiB
