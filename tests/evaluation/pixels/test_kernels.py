"""Compiled passes where the results of compiling cannot be kept. What they compute is tested where they are used."""

import numpy as np
from numba.core.caching import CacheImpl

from evaluation.pixels import kernels


def test_works_where_nothing_can_be_written(monkeypatch):
    """A read-only source and no home: compiled again each time."""
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    places = kernels._compiled(kernels.places.py_func)
    assert places is not kernels.places and not places.stats.cache_path
    runs = (np.array(numbers) for numbers in ([0, 1], [0, 0], [1, 2]))
    assert places(*runs, 2, 2).tolist() == [0, 1, 3]
