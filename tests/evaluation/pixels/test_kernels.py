"""Compiled passes where the results of compiling cannot be kept. What they compute is tested where they are used."""

import subprocess
import sys

WITHOUT_A_FOLDER = """
import numba.core.caching
numba.core.caching.CacheImpl._locator_classes = []
import numpy as np
from evaluation.pixels.kernels import places
runs = (np.array(numbers) for numbers in ([0, 1], [0, 0], [1, 2]))
print(places(*runs, 2, 2).tolist())
"""


def test_works_where_nothing_can_be_written():
    """A read-only source and no home: compiled again each time."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_A_FOLDER], capture_output=True, text=True, check=True)
    assert done.stdout == "[0, 1, 3]\n"
