"""The scores beside hit and IoU of one map against one mask, by the keys of `scores_registry`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluation import evidence as where
from evaluation.evidence import OUTSIDE, Stored
from evaluation.pixel_scores import average_precision, correlation, roc_auc
from evaluation.pixels.curves import ThresholdCurve
from evaluation.pixels.mask_runs import MaskRuns, Region
from evaluation.pixels.overlay import Comparison

ORGANS = ("lungs", "heart")
NAN = float("nan")


@dataclass(frozen=True, eq=False)
class Beside:
    """What the further scores need besides the map in the form that is scored.

    Attributes:
        stored: the map as its method gave it; None where that is not known.
        anatomy: masks by ORGANS; empty where unknown.
        outlines: whether distances between outlines are wanted, which take as long as all the rest.
    """

    stored: Stored | None = None
    anatomy: Mapping[str, MaskRuns] = field(default_factory=dict)
    outlines: bool = False


def of_pixels(comparison: Comparison, curve: ThresholdCurve) -> dict[str, float]:
    """Scores of the values of all pixels; `curve` is the comparison's."""
    return {
        "energy": comparison.energy_inside(),
        "roc_auc": roc_auc(curve),
        "average_precision": average_precision(curve),
        "ncc": correlation(comparison.moments()),
    }


def of_evidence(beside: Beside, region: Region, mask: MaskRuns) -> dict[str, float]:
    """Scores of the map as its method gave it; NaN where it is not known, and where a score does not fit it."""
    stored = beside.stored
    names = ("positive_inside", "negative_outside", "dual_polarity", "sparsity")
    unknown = dict.fromkeys((*names, *(f"evidence_{name}" for name in (*ORGANS, OUTSIDE))), NAN)
    if stored is None:
        return unknown
    evidence, shape = stored.evidence, (stored.values.shape[0], stored.values.shape[1])
    inside = where.shares(mask, region, shape)
    found = {"positive_inside": where.share_inside(evidence, inside), "sparsity": where.gini(evidence)}
    if stored.opposes:
        found["negative_outside"] = where.negative_outside(stored.values, inside)
        found["dual_polarity"] = where.dual_polarity(stored.values, inside)
    if beside.anatomy:
        organs = {name: where.shares(organ, region, shape) for name, organ in beside.anatomy.items()}
        found |= {f"evidence_{name}": value for name, value in where.by_anatomy(evidence, organs).items()}
    return unknown | found
