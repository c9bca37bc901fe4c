"""Maps that are the same for every radiograph: one points at the middle, one is where a finding was drawn elsewhere.

Both are grids of CELLS × CELLS values over what a method's map covers in the alignment in force: the whole radiograph
(`paper`) or the model's crop of it (`aligned`). They are laid over a radiograph and marked as any map is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_cache.geometry import Alignment, Geometry
from evaluation.evidence import shares
from evaluation.localization import Map
from evaluation.pixels.curves import STEPS
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.sources.base import is_constant

CELLS = 65  # odd, so that one cell is the middle
_INPUT = 512  # side of the model's input; where the crop lies does not depend on it
_AT_ONCE = 256  # masks


@dataclass(frozen=True, eq=False)
class Drawn:
    """A mask in cells, to make a prior of and to tune on.

    Attributes:
        case: its id.
        shares: float32 (CELLS², ), how much of each cell is covered.
        area: of the mask in cells, with what lies outside the region.
    """

    case: str
    shares: Map
    area: float


def region_of(size: tuple[int, int], alignment: Alignment) -> Region:
    """Where a floor's map lies on a radiograph of size (height, width): where those of the models do."""
    return Region.of_map(size, Geometry(*size, _INPUT), alignment)


def drawn(case: str, mask: MaskRuns, alignment: Alignment) -> Drawn:
    """A mask that is not empty, in cells."""
    region = region_of(mask.size, alignment)
    cell = region.rows * region.columns / CELLS**2
    return Drawn(case, shares(mask, region, (CELLS, CELLS)).astype(np.float32).ravel(), mask.area / cell)


def centre_map() -> Map:
    """The map that points at the middle: 1 − (x² + y²) / 2 with x and y from −1 to 1 over the region.

    What lies above a threshold is an ellipse around the middle with the region's own proportions, whose area grows
    evenly as the threshold falls. float32 (CELLS, CELLS).
    """
    y, x = np.mgrid[-1 : 1 : CELLS * 1j, -1 : 1 : CELLS * 1j]
    return (1 - (x**2 + y**2) / 2).astype(np.float32)


def prior_map(masks: Sequence[Drawn]) -> Map | None:
    """The location prior: the mean of masks, float32 (CELLS, CELLS); None without masks, or where it is constant.

    Its largest value is where it points. Averaging in cells smooths it by the width of one.
    """
    if not masks:
        return None
    total = np.zeros(CELLS**2)
    for mask in masks:
        total += mask.shares
    values = (total / len(masks)).astype(np.float32).reshape(CELLS, CELLS)
    return None if is_constant(values) else values


def best_threshold(values: Map, masks: Sequence[Drawn]) -> float:
    """The threshold of the best mean IoU over masks, of all multiples of 1/2048 below 1; among equals the lowest.

    The regions are made of whole cells here, and of pixels when a radiograph is scored. Departure from the published
    searches, which look at fewer thresholds: a floor is to be as good as it can be.

    Args:
        values: float32 (CELLS, CELLS), not constant.
        masks: at least one; those that a prior was made of are the ones it is tuned on.
    """
    step = _steps(values)
    order = np.argsort(-step, kind="stable")
    marked = np.searchsorted(-step[order], -np.arange(STEPS), side="left")  # cells above each threshold
    total = np.zeros(STEPS)
    for start in range(0, len(masks), _AT_ONCE):
        part = masks[start : start + _AT_ONCE]
        ordered = np.stack([mask.shares for mask in part])[:, order].astype(np.float64)
        both = np.concatenate([np.zeros((len(part), 1)), ordered.cumsum(axis=1)], axis=1)[:, marked]
        area = np.array([mask.area for mask in part])[:, None]
        total += (both / (area + marked - both)).sum(axis=0)
    return int(total.argmax()) / STEPS


def ious_at(values: Map, threshold: float, masks: Sequence[Drawn]) -> dict[str, float]:
    """The IoU of each mask with the cells above a threshold, a multiple of 1/2048, by case."""
    above = _steps(values) > threshold * STEPS
    marked = int(above.sum())
    both = {mask.case: float(mask.shares[above].sum(dtype=np.float64)) for mask in masks}
    return {mask.case: both[mask.case] / (mask.area + marked - both[mask.case]) for mask in masks}


def _steps(values: Map) -> NDArray[np.int64]:
    """On which step each value lies once it is scaled to [0, 1], as in `evaluation.pixels.curves`: int64 (CELLS²,)."""
    lowest = values.min()
    return np.ceil((values - lowest).ravel() / (values.max() - lowest) * np.float32(STEPS)).astype(np.int64)
