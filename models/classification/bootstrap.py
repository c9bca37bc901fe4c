"""Bootstrap resamples as counts: how often each item is drawn, instead of which items are drawn.

A resample enters every metric only through these counts, so a chunk of resamples is a matrix and a metric over all of
them is a few array operations. The same counts serve any statistic of items: a mean is `counts @ values / counts.sum`.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

_RESAMPLES_A_CHUNK = 4096
_COUNTS_A_CHUNK = 12_000_000  # about 12 bytes each while a chunk is made and used: 150 MB
_RESAMPLES_A_DRAW = 256  # what is drawn at once stays in the processor's cache


def resample_counts(
    groups: Sequence[str] | ArrayLike, n_resamples: int, seed: int, chunk: int | None = None
) -> Iterator[NDArray[np.float32]]:
    """Draw groups with replacement, as many as there are, and yield how often each item comes with them.

    Args:
        groups: (n,) what is drawn: for every item the group that it belongs to. The patient of each image resamples
            patients, all images of a patient staying together; `range(n)` resamples the items themselves.
        n_resamples: how many resamples to draw in all; 0 draws none.
        seed: of the random numbers. The counts depend on it and on the groups alone, not on `chunk` or on threads.
        chunk: resamples to yield at a time; by default as many as fit in some 150 MB, 4,096 at most.

    Yields:
        (b, n) float32 whole numbers. Float, because what follows are matrix products, and exact up to 2^24. Stored
        item by item (Fortran order): one item's counts over all resamples lie side by side.

    Raises:
        ValueError: no items, more than one axis, a negative number of resamples or a chunk below 1.
    """
    names = np.asarray(groups)
    if names.ndim != 1 or names.size == 0:
        raise ValueError(f"Expected the group of each of at least one item, found an array of shape {names.shape}.")
    if n_resamples < 0:
        raise ValueError(f"Expected n_resamples to be 0 or more, found {n_resamples}.")
    if chunk is not None and chunk < 1:
        raise ValueError(f"Expected chunk to be 1 or more, found {chunk}.")
    size = chunk or max(1, min(_RESAMPLES_A_CHUNK, _COUNTS_A_CHUNK // names.size))
    return _chunks(names, n_resamples, seed, size)


def _chunks(names: NDArray, n_resamples: int, seed: int, size: int) -> Iterator[NDArray[np.float32]]:
    unique, group_of_item = np.unique(names, return_inverse=True)
    every_item_its_own = unique.size == names.size
    generator = np.random.default_rng(seed)  # one stream, read in order: where a chunk ends changes nothing
    for start in range(0, n_resamples, size):
        drawn = _group_counts(generator, unique.size, min(size, n_resamples - start))
        # Without shared groups the order of drawing is the order of the items, so that nothing depends on their names.
        yield drawn.T if every_item_its_own else drawn[group_of_item].T


def _group_counts(generator: np.random.Generator, n_groups: int, n_resamples: int) -> NDArray[np.float32]:
    """How often each of n groups is drawn in each resample of n draws: (groups, resamples) float32."""
    counts = np.empty((n_groups, n_resamples), np.float32)
    for start in range(0, n_resamples, _RESAMPLES_A_DRAW):
        size = min(_RESAMPLES_A_DRAW, n_resamples - start)
        drawn = generator.integers(0, n_groups, size=(size, n_groups))
        drawn += (np.arange(size) * n_groups)[:, None]  # each resample counts in bins of its own
        counts[:, start : start + size] = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape).T
    return counts
