"""The scores of a map against a truth that are worked out beside hit and IoU: what each is, and what it fits.

One entry a column of details.csv, and those that are worked out over all cases of a finding at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from data_cache.marks import Form

Signs = Literal["any", "signed"]
Better = Literal["higher", "lower", "neither"]
Over = Literal["case", "cohort"]
AREAS: tuple[Form, ...] = ("mask", "polygon", "ellipse")
EVERY: tuple[Form, ...] = ("mask", "polygon", "box", "ellipse", "disc")


@dataclass(frozen=True)
class ScoreEntry:
    """One score.

    Attributes:
        key: its column in details.csv.
        label: in tables.
        words: what it says, in plain words.
        threshold: whether it depends on how the map is marked.
        forms: of truth for which it is meant; it is worked out for the others too. A box or a disc is a poor outline:
            what asks for every pixel of a truth punishes a map that knows better.
        signs: "signed" where it needs maps whose negative values oppose the finding; NaN for others.
        better: which values are good.
        over: worked out for each "case", or once for all cases of a finding, in a file of its own.
        rate: whether it is 0 or 1 for a case, so that its mean in one finding has Wilson's interval.
        undefined: when it is NaN, besides a case without a usable map or without a mask.
        source: where the definition is from.
    """

    key: str
    label: str
    words: str
    threshold: bool
    forms: tuple[Form, ...] = EVERY
    signs: Signs = "any"
    better: Better = "higher"
    over: Over = "case"
    rate: bool = False
    undefined: str = ""
    source: str = ""


_SCORE_CAM = "Wang et al., Score-CAM, CVPR workshops 2020"
_CLEVR = "Arras et al., CLEVR-XAI, Information Fusion 2022"
_DUAL = "Cedro and Chlebus 2026; formula ours"
_CONSTANT = "a constant map"
_OUTSIDE = "no evidence"

_ENTRIES = (
    ScoreEntry(
        "precision", "Precision", "of what is marked, the share inside", True, AREAS, undefined="nothing is marked"
    ),
    ScoreEntry("recall", "Recall", "of the truth, the share that is marked", True, AREAS),
    ScoreEntry(
        "specificity", "Specificity", "of the rest, the share that is not marked", True, AREAS, undefined="no rest"
    ),
    ScoreEntry("dice", "Dice", "overlap, twice the common part over both", True, AREAS),
    ScoreEntry(
        "hd95",
        "HD95",
        "how far the outlines lie apart in pixels of the radiograph: the larger 95th percentile of the distances from "
        "each to the other; of networks that were shown masks alone",
        True,
        AREAS,
        better="lower",
        undefined="nothing is marked, a network that was not shown masks",
        source="Taha and Hanbury, BMC Medical Imaging 2015",
    ),
    ScoreEntry(
        "pointing",
        "Pointing game",
        "whether the largest value lies within --tolerance pixels of the truth",
        False,
        rate=True,
        source="Zhang et al., IJCV 2018",
    ),
    ScoreEntry(
        "energy",
        "Energy inside",
        "share of the map, above its minimum, that lies inside",
        False,
        undefined=_CONSTANT,
        source=_SCORE_CAM,
    ),
    ScoreEntry(
        "roc_auc",
        "Pixel AUC",
        "chance that a pixel inside has a larger value than one outside",
        False,
        AREAS,
        undefined=f"{_CONSTANT}, no rest",
        source="Fawcett 2006",
    ),
    ScoreEntry(
        "average_precision",
        "Pixel AP",
        "mean precision of the pixels, from the largest value down",
        False,
        AREAS,
        undefined=_CONSTANT,
        source="as scikit-learn",
    ),
    ScoreEntry(
        "ncc",
        "NCC",
        "correlation of map and truth over all pixels",
        False,
        AREAS,
        undefined=_CONSTANT,
        source="Bigolin Lanfredi et al., REFLACX, 2022",
    ),
    ScoreEntry(
        "positive_inside",
        "Evidence inside",
        "share of the evidence (of signed maps the positive part) inside",
        False,
        undefined=_OUTSIDE,
        source=_CLEVR,
    ),
    ScoreEntry(
        "negative_outside",
        "Counter-evidence outside",
        "share of the negative part outside",
        False,
        signs="signed",
        undefined="no negative value",
        source=_DUAL,
    ),
    ScoreEntry(
        "dual_polarity",
        "Dual-Polarity Precision",
        "share of the map's absolute values that has the sign of its place: positive inside, negative outside",
        False,
        signs="signed",
        undefined="nothing but 0",
        source=_DUAL,
    ),
    ScoreEntry(
        "sparsity",
        "Sparsity (Gini)",
        "0: evidence everywhere alike, towards 1: all in one place; of the map alone, at its own resolution",
        False,
        better="neither",
        undefined=_OUTSIDE,
        source="Hurley and Rickard 2009",
    ),
    ScoreEntry(
        "evidence_lungs",
        "Evidence in the lungs",
        "share of the evidence there, where the anatomy is known",
        False,
        better="neither",
        undefined="anatomy unknown, no evidence",
    ),
    ScoreEntry(
        "evidence_heart",
        "Evidence in the heart",
        "the same of the heart",
        False,
        better="neither",
        undefined="anatomy unknown, no evidence",
    ),
    ScoreEntry(
        "evidence_outside",
        "Evidence in neither",
        "the same outside both",
        False,
        better="lower",
        undefined="anatomy unknown, no evidence",
    ),
    ScoreEntry(
        "box_precision",
        "AP of boxes",
        "average precision of the boxes around what is marked above 0.25, 0.5 and 0.75, correct from an IoU, or an "
        "intersection over the found box (IoR), of 0.1, 0.2 … 0.7 on; in boxes.csv",
        True,
        over="cohort",
        undefined="nothing drawn",
        source="Lin et al., COCO, 2014; Wang et al., ChestX-ray8, 2017 (IoR)",
    ),
)


def registered(entries: Iterable[ScoreEntry]) -> dict[str, ScoreEntry]:
    """Entries by key.

    Raises:
        ValueError: two have the same key.
    """
    found: dict[str, ScoreEntry] = {}
    for entry in entries:
        if entry.key in found:
            raise ValueError(f"Expected each score once in the registry, found {entry.key} twice.")
        found[entry.key] = entry
    return found


SCORES: dict[str, ScoreEntry] = registered(_ENTRIES)
FURTHER: tuple[str, ...] = tuple(entry.key for entry in SCORES.values() if entry.over == "case")
FURTHER_RATES: tuple[str, ...] = tuple(key for key in FURTHER if SCORES[key].rate)
