"""What a perfect outline would score if its truth were given as boxes: how much of an IoU a box takes away.

The boxes are those around the connected parts of what was drawn. Where truths are boxes already, nobody knows what lies
in them: then only the masks and polygons of the same cohort can tell, or another one. On ChestX-Det, which has both,
the mean IoU is 0.60.
"""

import numpy as np

from evaluation.cases import CaseJob
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.scores import NAN, Scores
from evaluation.scoring import Row

BOX_CEILING = "Ceiling: outline in its box"
_OUTLINES = ("mask", "polygon", "ellipse", "disc")
_INSIDE = "a perfect outline's peak lies in its box"


def iou_with_own_boxes(mask: MaskRuns) -> float:
    """IoU of a mask that is not empty with the union of the boxes around its connected parts, in (0, 1]."""
    bounds = mask.bounds()
    filled = np.zeros(bounds.shape, bool)
    for left, top, right, bottom in mask.boxes.astype(int):
        filled[top - bounds.top : bottom - bounds.top, left - bounds.left : right - bounds.left] = True
    return mask.area / int(np.count_nonzero(filled))


def box_ceilings_of_case(job: CaseJob) -> list[Row]:
    """One row a truth of a case that is drawn as an outline."""
    rows = []
    for finding in job.findings:
        mask = MaskRuns.of(job.masks[finding]) if job.masks and finding in job.masks else None
        if mask is not None and mask.area and job.form(finding) in _OUTLINES:
            iou = iou_with_own_boxes(mask)
            scores = Scores({"hit": NAN, "iou_tp": iou, "iou_all": iou}, {"hit": _INSIDE})
            rows.append(Row(BOX_CEILING, finding, job.case_id, scores, NAN, form="box"))
    return rows
