"""What the manifest says about a run."""

import resource
from types import SimpleNamespace

from evaluation.report.manifest import peak_memory


def test_every_worker_counts_in_the_peak_of_memory(monkeypatch):
    peaks = {resource.RUSAGE_SELF: 300 * 1024, resource.RUSAGE_CHILDREN: 200 * 1024}
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=peaks[who]))
    assert (peak_memory(), peak_memory(2)) == (500, 700)
