"""Every pair of readers of a case compared, and each reader against what the others say together."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from data_cache.masks import Rle
from evaluation.localization import iou_all, iou_true_positive
from evaluation.readers.consensus import WAYS, Readings
from evaluation.readers.pairs import NAN, Point, compare, holds, overlap_of
from evaluation.scores import EMPTY, NOT_MARKED, NOTHING_MARKED, Scores
from evaluation.scoring import Row

CEILING = "Human ceiling"
ALONE = "one reader"


@dataclass(frozen=True)
class PairRow:
    """Two readers of a case and a finding that at least one of them marked.

    Attributes:
        case, patient, finding, reader, other: of which.
        iou, kappa: of their regions, see `pairs`.
        hit, hit_back: whether the first one's point lies in the other's region, and the reverse.
        both: whether both marked the finding.
    """

    case: str
    patient: str
    finding: str
    reader: str
    other: str
    iou: float
    kappa: float
    hit: float
    hit_back: float
    both: bool


def pairs_of(readings: Readings) -> Iterator[PairRow]:
    """Compare every two readers of a case, on the findings that either marked.

    Those who read the image and marked nothing count where the dataset names them.
    """
    case = readings.case
    for finding in readings.findings:
        for reader, other in combinations(case.readers, 2):
            one, two = readings.masks[reader][finding], readings.masks[other][finding]
            if one.area or two.area:
                there = compare(one, two, readings.points[reader][finding])
                point = readings.points[other][finding]
                back = float(holds(one, point)) if there.both and point is not None else NAN
                yield PairRow(
                    *(case.id, case.patient, finding, reader, other),
                    *(there.iou, there.kappa, there.hit, back, there.both),
                )


def ceiling_rows(readings: Readings, how: str) -> Iterator[Row]:
    """How well one reader does against the others together, by finding: the mean over the readers of a case.

    A reader marks what he marked, and points at the centroid of his largest mark. The hit and the TP-only IoU are
    undefined for a reader whose colleagues (for the IoU: or who himself) marked nothing. The truth is not quite that
    of the methods, which all readers make: a reader is never compared with himself.

    Args:
        readings: of a case.
        how: what the others say together, one of `consensus.WAYS`; or the name of a reader, against whom each of the
            others is held.
    """
    case = readings.case
    held = [reader for reader in case.readers if reader != how]
    for finding in case.masks:
        scores = Scores.undefined(ALONE if len(case.readers) < 2 else EMPTY)
        if finding in readings.findings and len(case.readers) > 1:
            scores = _mean([_against_others(readings, finding, reader, how) for reader in held])
        yield Row(CEILING, finding, case.id, scores, NAN, form=case.form_of(finding))


def _against_others(readings: Readings, finding: str, reader: str, how: str) -> dict[str, float]:
    others = [one for one in readings.case.readers if one != reader and (how in WAYS or one == how)]
    theirs = readings.together(finding, how if how in WAYS else WAYS[0], others)
    return _scores(readings.masks[reader][finding], theirs, readings.points[reader][finding])


def _scores(mine: Rle, theirs: Rle, point: Point | None) -> dict[str, float]:
    """hit, iou_tp and iou_all of one reader against the others."""
    overlap = overlap_of(mine, theirs)
    hit = NAN if not theirs.area else float(point is not None and holds(theirs, point))
    return {"hit": hit, "iou_tp": float(iou_true_positive(overlap)), "iou_all": float(iou_all(overlap))}


def _mean(each: list[dict[str, float]]) -> Scores:
    values, reasons = {}, {}
    for metric, reason in (("hit", EMPTY), ("iou_tp", NOTHING_MARKED), ("iou_all", NOT_MARKED)):
        defined = [one[metric] for one in each if one[metric] == one[metric]]
        values[metric] = float(np.mean(defined)) if defined else NAN
        if not defined:
            reasons[metric] = reason
    return Scores(values, reasons)
