"""Compiled passes where the results of compiling cannot be kept. What they compute is tested where they are used."""

import numpy as np
from numba.core.caching import CacheImpl

from evaluation.pixels import kernels


def test_works_where_nothing_can_be_written(monkeypatch):
    """A read-only source and no home: compiled again each time."""
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    mix, out = kernels._compiled(kernels._mix.py_func), np.empty(2, np.float32)
    assert mix is not kernels._mix and not mix.stats.cache_path
    mix(np.float32([1, 2]), np.float32([3, 6]), np.float32(0.25), out)
    assert out.tolist() == [1.5, 3]
