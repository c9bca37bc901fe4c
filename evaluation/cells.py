"""How much of each cell of a coarse grid a mask covers, straight from its runs."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from evaluation.localization import Map
from evaluation.mask_runs import MaskRuns, Region


def cell_shares(mask: MaskRuns, region: Region, cells: int) -> Map:
    """How much of each of cells×cells equal parts of a region a mask covers: float32 (cells, cells) in [0, 1]."""
    covered = np.zeros((cells, cells), np.float32)
    columns, first, stop = mask.clipped(region)
    if not len(columns):
        return covered
    high, wide = region.rows / cells, region.columns / cells
    top, bottom = int(first.min() / high), min(int(np.ceil(stop.max() / high)), cells)
    left, right = int(columns.min() / wide), min(int(np.ceil((columns.max() + 1) / wide)), cells)
    rows = np.arange(top, bottom + 1) * high  # edges of the cells that the mask can touch
    above = np.clip(rows[None].astype(np.float32), first[:, None], stop[:, None])
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    by_column = np.add.reduceat(np.diff(above, axis=1), starts, axis=0)
    shares = _column_shares(columns[starts], np.arange(left, right + 1) * wide)
    covered[top:bottom, left:right] = (shares @ by_column).T / (high * wide)
    return covered


def _column_shares(columns: NDArray[np.int64], edges: NDArray) -> csr_array:
    """How much of each pixel column lies between neighbouring edges: sparse (edges − 1, columns)."""
    if edges[1] - edges[0] < 1:  # a region with fewer pixels than cells: a column may lie over several
        beginning, end = np.maximum(edges[:-1, None], columns), np.minimum(edges[1:, None], columns + 1)
        return csr_array(np.maximum(end - beginning, 0).astype(np.float32))
    cell = np.searchsorted(edges, columns, side="right") - 1
    within = np.minimum(edges[cell + 1] - columns, 1)
    number = np.arange(len(columns))
    beyond = within < 1  # a column is narrower than a cell, so that at most one edge cuts it
    rows = np.concatenate([cell, cell[beyond] + 1])
    values = np.concatenate([within, 1 - within[beyond]])
    shape = len(edges) - 1, len(columns)
    return csr_array((values.astype(np.float32), (rows, np.concatenate([number, number[beyond]]))), shape)
