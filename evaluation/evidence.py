"""Where a map's evidence lies, at the map's own resolution: each value stands for its cell of the radiograph.

Evidence is a map above its own minimum; of a map whose negative values oppose the finding it is the positive
part, for such a map says itself where nothing is. No threshold is needed for any of this.

Sources: Arras et al., "CLEVR-XAI", Information Fusion 2022 (relevance mass accuracy: the share of positive relevance
inside); Cedro and Chlebus, "Scaling vision models does not consistently improve localisation-based explanation
quality", 2026 (Dual-Polarity Precision, described as positive attributions inside the mask and negative ones outside;
no formula is given, the one here is ours); Hurley and Rickard, "Comparing measures of sparsity", IEEE Transactions on
Information Theory 2009, and Chalasani et al., ICML 2020 (Gini index of an explanation).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.localization import Map
from evaluation.pixels.kernels import cover
from evaluation.pixels.mask_runs import MaskRuns, Region

Shares = NDArray[np.float64]
OUTSIDE = "outside"


@dataclass(frozen=True, eq=False)
class Stored:
    """A map as its method gave it.

    Attributes:
        values: float32 (m, n), finite.
        opposes: whether negative values oppose the finding.
    """

    values: Map
    opposes: bool

    @property
    def evidence(self) -> Shares:
        """float64 (m, n), 0 or more."""
        values = self.values.astype(np.float64)
        return np.maximum(values, 0) if self.opposes else values - values.min()


def shares(mask: MaskRuns, region: Region, shape: tuple[int, int]) -> Shares:
    """How much of each cell of a map a mask covers.

    Args:
        mask: the mask.
        region: where the map lies on the mask's radiograph.
        shape: (m, n) cells of the map.

    Returns:
        float64 (m, n) in [0, 1].
    """
    found = np.zeros(shape)
    cover(*mask.clipped(region), region.rows / shape[0], region.columns / shape[1], found)
    return found


def share_inside(evidence: Shares, inside: Shares) -> float:
    """Share of the evidence (m, n) that lies inside a mask, given by its `shares`; NaN where there is no evidence."""
    total = float(evidence.sum())
    return float((evidence * inside).sum()) / total if total > 0 else float("nan")


def negative_outside(values: Map, inside: Shares) -> float:
    """Share of a signed map's negative mass that lies outside the mask; NaN where no value is negative."""
    against = np.maximum(-values.astype(np.float64), 0)
    return 1 - share_inside(against, inside)


def dual_polarity(values: Map, inside: Shares) -> float:
    """Dual-Polarity Precision: of a signed map's absolute mass, the share that has the sign of its place.

    (positive mass inside + |negative mass| outside) / (positive mass + |negative mass|). 1: positive inside the mask
    alone and negative outside alone; a map without negative values has the share of its mass inside. NaN for a map of
    nothing but 0. The formula is ours, see above.
    """
    signed = values.astype(np.float64)
    right = np.where(signed > 0, inside, 1 - inside)
    return share_inside(np.abs(signed), right)


def by_anatomy(evidence: Shares, organs: Mapping[str, Shares]) -> dict[str, float]:
    """Share of the evidence in each organ, and in none of them.

    Args:
        evidence: float64 (m, n), 0 or more.
        organs: `shares` of their masks, by name. Where organs overlap, evidence counts for each of them; what one
            cell holds of several is taken to lie side by side, up to the whole cell.

    Returns:
        By name, and `OUTSIDE`; NaN where there is no evidence.
    """
    found = {name: share_inside(evidence, inside) for name, inside in organs.items()}
    covered = np.minimum(np.sum(list(organs.values()), axis=0), 1) if organs else np.zeros_like(evidence)
    return found | {OUTSIDE: share_inside(evidence, 1 - covered)}


def gini(evidence: Shares) -> float:
    """Gini index of values of 0 or more: 0 where all are equal, towards 1 where one holds everything.

    Source: Hurley and Rickard 2009, 1 − 2 Σ (c_k / ‖c‖₁) · (n − k + ½) / n over the values c_1 ≤ … ≤ c_n. It depends
    on the resolution of the map: compare maps of one resolution. NaN where all are 0.
    """
    values = np.sort(evidence, axis=None)
    total, n = float(values.sum()), values.size
    if not total > 0:
        return float("nan")
    return float(1 - 2 * (values * (n - np.arange(1, n + 1) + 0.5)).sum() / (total * n))
