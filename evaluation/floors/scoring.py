"""The floors' rows of one case."""

from data_cache.masks import Rle
from evaluation.cases import CaseJob
from evaluation.floors import CENTRE, LUNGS, PRIOR, RANDOM
from evaluation.floors.chance import hit_of_random_point, iou_of_random_region
from evaluation.floors.fitting import Floors
from evaluation.floors.laying import FloorMap
from evaluation.floors.maps import region_of
from evaluation.further import ORGANS
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.scores import (
    EMPTY,
    METRICS,
    NAN,
    NO_CASE,
    NO_ENTRY,
    Marking,
    Scores,
    score_blank,
    score_comparison,
    score_undrawn,
)
from evaluation.scoring import Row

NO_PRIOR = "no tuning masks"
NO_LUNGS = "lungs not known"
_LUNGS = ORGANS[0]
NO_REGION = "a point marks no region"


NAMES = (RANDOM, CENTRE, LUNGS, PRIOR)  # in the order of the tables


def score_floors(floors: Floors, tolerance: float, job: CaseJob) -> list[Row]:
    """Score every floor and finding of a case.

    Where nothing is drawn a floor scores as a map does that always marks something: 0 over TP, FP and FN, else nothing.
    The random region is taken to mark something there, too, although its area is then not known. The middle of the
    lungs is a row where the case's anatomy is known.
    """
    names = [name for name in NAMES if name != LUNGS or _LUNGS in job.anatomy]
    rows = []
    for finding in job.findings:
        mask = (job.masks or {}).get(finding)
        runs = MaskRuns.of(mask) if mask is not None and mask.area else None
        for floor in names:
            if job.masks is not None and mask is None:
                scores = Scores.undefined(NO_ENTRY)
            elif runs is None:
                scores = _undrawn(floors, floor, finding, job, EMPTY if mask is not None else NO_CASE)
            else:
                scores = _drawn(floors, floor, finding, job, runs, tolerance)
            rows.append(Row(floor, finding, job.case_id, scores, NAN))
    return rows


def _undrawn(floors: Floors, floor: str, finding: str, job: CaseJob, why: str) -> Scores:
    if floor == LUNGS:
        return Scores.undefined(why)
    if floor == RANDOM:
        return score_undrawn(True, False, why)
    found = floors.map_for(floor, finding, job.case_id)
    return score_undrawn(True, False, why) if found is not None and _tuned(found) else Scores.undefined(NO_PRIOR)


def _drawn(floors: Floors, floor: str, finding: str, job: CaseJob, mask: MaskRuns, tolerance: float) -> Scores:
    if floor == RANDOM:
        return _by_chance(mask)
    if floor == LUNGS:
        return _at_lungs(job.anatomy[_LUNGS], mask)
    found = floors.map_for(floor, finding, job.case_id)
    if found is None:
        return Scores.undefined(NO_PRIOR)
    region = region_of(mask.size, floors.alignment)
    comparison = found.against(region, mask)
    if comparison is None:
        return score_blank(region, mask, tolerance)
    if _tuned(found):
        marking = Marking(found.threshold, found.threshold)
        return score_comparison(comparison, marking, tolerance, False, None, found.boxes(region))
    values = {"hit": comparison.hit(), "iou_tp": NAN, "iou_all": NAN}
    return Scores(values, {"iou_tp": NO_PRIOR, "iou_all": NO_PRIOR})


def _tuned(floor: FloorMap) -> bool:
    return floor.threshold == floor.threshold


def _by_chance(mask: MaskRuns) -> Scores:
    pixels = mask.size[0] * mask.size[1]
    iou = iou_of_random_region(mask.area, pixels)
    return Scores({"hit": hit_of_random_point(mask.area, pixels), "iou_tp": iou, "iou_all": iou})


def _at_lungs(lungs: Rle, mask: MaskRuns) -> Scores:
    """The point in the middle of the lungs, which marks no region."""
    reasons = {"iou_tp": NO_REGION, "iou_all": NO_REGION}
    point = None if lungs.size != mask.size else middle_of(lungs)
    if point is None:
        return Scores(dict.fromkeys(METRICS, NAN), {**reasons, "hit": NO_LUNGS})
    return Scores({"hit": float(mask.near(*point, 0)), "iou_tp": NAN, "iou_all": NAN}, reasons)


def middle_of(lungs: Rle) -> tuple[int, int] | None:
    """(row, column) of the pixel in which the middle of the rectangle around the lungs lies; None where there are none.

    The rectangle, and not the centre of gravity: a lung that is opaque is often left out in part.
    """
    runs = MaskRuns.of(lungs)
    if not runs.area:
        return None
    around = runs.bounds()
    return around.top + (around.rows - 1) // 2, around.left + (around.columns - 1) // 2
