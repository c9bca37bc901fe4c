"""The human benchmark: the second group of radiologists, scored as one more method."""

from collections.abc import Mapping

import numpy as np
from pycocotools import mask as coco

from data_cache.masks import Rle
from evaluation import localization
from evaluation.localization import Overlap
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.problems import Problem
from evaluation.scores import EMPTY, METRICS, NAN, NO_CASE, NO_ENTRY, NOT_MARKED, NOTHING_MARKED, OTHER_SIZE, Scores
from evaluation.scoring import Row
from evaluation.truth.ground_truth import HumanBenchmark, Masks, Point

HUMAN = "Human benchmark"
NO_MASKS = "no human masks given"
NO_POINTS = "no human points given"


def score_human(truth: Masks, human: HumanBenchmark) -> tuple[list[Row], list[Problem]]:
    """Score the human benchmark on every case of the ground truth, and on its own other cases.

    As in the reference: a finding without human masks has nothing marked, one without a salient point is missed, and
    any of several points inside the mask is a hit.
    """
    rows, problems = [], list(human.flagged(truth))
    for case_id in truth.to_score(human.masks):
        drawn, marked = truth.cases.get(case_id), human.masks.get(case_id, {})
        for finding in truth.findings:
            scores = _score(drawn, marked.get(finding), human, case_id, finding)
            if OTHER_SIZE in scores.reasons.values():
                sentence = f"Expected the human mask of {finding} of {case_id} as large as the radiologist's."
                problems.append(Problem("mask of another size", f"{case_id}, {finding}, {HUMAN}", sentence))
            rows.append(Row(HUMAN, finding, case_id, scores, NAN))
    return rows, problems


def _score(
    drawn: Mapping[str, Rle] | None, marked: Rle | None, human: HumanBenchmark, case_id: str, finding: str
) -> Scores:
    if drawn is not None and finding not in drawn:
        return Scores.undefined(NO_ENTRY)
    mask = drawn[finding] if drawn is not None else None
    why = NO_CASE if mask is None else EMPTY if not mask.area else ""
    values, reasons = dict.fromkeys(METRICS, NAN), {}
    if not human.points:
        reasons["hit"] = NO_POINTS
    elif why or mask is None:
        reasons["hit"] = why
    else:
        values["hit"] = _hit(mask, human.points.get(case_id, {}).get(finding, ()))
    if not human.masks:
        return Scores(values, reasons | {"iou_tp": NO_MASKS, "iou_all": NO_MASKS})
    if mask is not None and marked is not None and mask.size != marked.size:
        return Scores(values, reasons | {"iou_tp": OTHER_SIZE, "iou_all": OTHER_SIZE})
    overlap = _overlap(mask, marked)
    values["iou_tp"] = float(localization.iou_true_positive(overlap))
    values["iou_all"] = float(localization.iou_all(overlap))
    if np.isnan(values["iou_tp"]):
        reasons["iou_tp"] = why or NOTHING_MARKED
    if np.isnan(values["iou_all"]):
        reasons["iou_all"] = NOT_MARKED
    return Scores(values, reasons)


def _hit(mask: Rle, points: tuple[Point, ...]) -> float:
    runs = MaskRuns.of(mask)
    return float(any(runs.near(int(y), int(x), 0) for x, y in points))


def _overlap(mask: Rle | None, marked: Rle | None) -> Overlap:
    """Counts from the encodings themselves; an absent one is empty."""
    both = 0
    if mask is not None and marked is not None:
        encoded = [{"size": list(one.size), "counts": one.counts.encode("ascii")} for one in (mask, marked)]
        both = int(coco.area(coco.merge(encoded, intersect=True)))
    some = mask or marked
    pixels = some.size[0] * some.size[1] if some else 0
    counts = both, marked.area if marked else 0, mask.area if mask else 0, pixels
    return Overlap(*(np.asarray(count, np.int64) for count in counts))
