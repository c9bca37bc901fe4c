"""What the manifest says about a run."""

import resource
from types import SimpleNamespace

from evaluation.report import manifest
from evaluation.report.manifest import peak_of_all


def test_every_worker_counts_in_the_peak_of_memory(monkeypatch):
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=300 * 1024))
    monkeypatch.setattr(manifest, "largest_worker", lambda: 200 * 1024)
    assert (peak_of_all(), peak_of_all(2)) == (500, 700)
