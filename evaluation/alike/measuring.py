"""How alike maps are: rank correlations, and the largest difference after scaling."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from explainers.explanation import Explanation

CELLS = 64  # a side, on which maps of all resolutions are compared


class Alike:
    """Sums over radiographs and findings, for all pairs of some methods on one model.

    Args:
        names: of the methods.

    Attributes:
        largest: float64 (methods, methods), the largest |a/max|a| − b/max|b|| of any cell so far; NaN before any.
        counts: int64, on how many pairs of maps they rest.
    """

    def __init__(self, names: Sequence[str]) -> None:
        count = len(names)
        self.names = tuple(names)
        self.largest = np.full((count, count), np.nan)
        self.counts = np.zeros((count, count), np.int64)
        self._sums = np.zeros((count, count))

    @property
    def correlations(self) -> NDArray[np.float64]:
        """Mean rank correlation (Spearman's, ties by their mean rank) of each pair; NaN where there is none."""
        with np.errstate(invalid="ignore"):
            return self._sums / self.counts

    def add(self, explanations: Sequence[Explanation]) -> None:
        """Take one radiograph's maps, one explanation a method in the order of the names.

        Maps are compared as they are shown, on `CELLS`² cells: larger ones are averaged over each. A map that is the
        same everywhere has no ranks and no scale: its pairs are left out.
        """
        maps = np.stack([on_cells(one) for one in explanations])
        for finding in range(maps.shape[1]):
            self._add(maps[:, finding].reshape(len(maps), -1))

    def _add(self, maps: NDArray[np.float64]) -> None:
        able = np.isfinite(maps).all(axis=1) & (np.ptp(maps, axis=1) > 0)
        pairs = np.ix_(able, able)
        if not able.any():
            return
        ranks = rankdata(maps[able], axis=1)
        ranks -= ranks.mean(axis=1, keepdims=True)
        ranks /= np.linalg.norm(ranks, axis=1, keepdims=True)
        scaled = maps[able] / np.abs(maps[able]).max(axis=1, keepdims=True)
        apart = np.array([np.abs(scaled - one).max(axis=1) for one in scaled])
        self._sums[pairs] += ranks @ ranks.T
        self.counts[pairs] += 1
        self.largest[pairs] = np.fmax(self.largest[pairs], apart)


def on_cells(explanation: Explanation) -> NDArray[np.float64]:
    """The shown maps (14, CELLS, CELLS): at the size of the model's input, averaged over cells."""
    whole = explanation.at_input_size()
    cells = [cv2.resize(one, (CELLS, CELLS), interpolation=cv2.INTER_AREA) for one in whole]
    return np.stack(cells).astype(np.float64)
