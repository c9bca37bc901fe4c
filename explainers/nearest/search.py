"""Exact search: the distance to every patch of an index, and the smallest of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from explainers.nearest.index import PatchIndex

_ROWS = 4096  # patches at once, so that double precision takes little memory


@dataclass(frozen=True)
class Neighbour:
    """A patch of an index: the place of its radiograph there, its own within that, row by row, and how far it is."""

    case: int
    patch: int
    distance: float


def distances(index: PatchIndex, embedding: ArrayLike) -> NDArray[np.float64]:
    """Euclidean distances (cases, patches) from an embedding (C,) to all patches of an index.

    The embedding is first rounded to the index' precision, so that a patch of the index is at no distance from itself.
    Euclidean and not the angle between them, since logits are linear in the embedding: two patches' logits of a finding
    differ by at most their distance times the length of the finding's weights, while two at a small angle may differ
    by anything.

    Raises:
        ValueError: the embedding has another length.
    """
    stored = index.embeddings.reshape(-1, index.embeddings.shape[2])
    point = np.asarray(embedding).astype(stored.dtype).astype(np.float64)[None]
    found = np.empty(len(stored))
    for start in range(0, len(stored), _ROWS):
        rows = stored[start : start + _ROWS].astype(np.float64)
        found[start : start + _ROWS] = cdist(point, rows)[0]
    return found.reshape(index.embeddings.shape[:2])


def nearest(index: PatchIndex, embedding: ArrayLike, count: int, without: str | None = None) -> list[Neighbour]:
    """The patches nearest to an embedding, the nearest first; of equally near ones the first of the index.

    Args:
        index: what is searched.
        embedding: (C,).
        count: how many, or as many as there are.
        without: a patient whose patches are left out.
    """
    found = distances(index, embedding)
    if without is not None:
        found[index.patients == without] = np.inf
    order = np.argsort(found, axis=None, kind="stable")[:count]
    cases, patches = np.unravel_index(order, found.shape)
    return [
        Neighbour(int(case), int(patch), float(found[case, patch]))
        for case, patch in zip(cases, patches, strict=True)
        if np.isfinite(found[case, patch])
    ]
