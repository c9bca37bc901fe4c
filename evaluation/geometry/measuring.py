"""What is measured of one case: each truth by itself, in a process of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data_cache.case import Case
from data_cache.geometry import Alignment
from data_cache.marks import Form
from evaluation.box_ceiling import box_ceilings_of_case
from evaluation.cases import CaseJob
from evaluation.ceilings import ALIGNMENTS, RESOLUTIONS, ceilings_of_case
from evaluation.floors import CENTRE, PRIOR
from evaluation.floors.chance import hit_of_random_point, iou_of_random_region
from evaluation.floors.fitting import Floors
from evaluation.floors.maps import region_of
from evaluation.localization import iou_all
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.readers.consensus import Readings
from evaluation.readers.measuring import PairRow, pairs_of
from evaluation.scores import overlap_above

FLOORS = {"centre": CENTRE, "prior": PRIOR}


def ceiling_key(resolution: int, alignment: Alignment) -> str:
    """What the IoU of a perfect map is called in geometry.csv."""
    return f"ceiling_{resolution}_{alignment}"


CEILINGS = tuple(ceiling_key(n, alignment) for n in RESOLUTIONS for alignment in ALIGNMENTS)
HITS = ("hit_random", "hit_centre", "hit_prior")
IOUS = ("iou_random", "iou_centre", "iou_prior")
READERS = ("readers_both", "readers_iou", "readers_hit")
RATES = (*HITS, READERS[0], READERS[2])  # where 0 or 1 for each truth; of three readers they are means over pairs
QUANTITIES = ("area", "parts", *HITS, *IOUS, *CEILINGS, "outline_in_box", *READERS)


@dataclass(frozen=True)
class Measured:
    """One truth of one case.

    Attributes:
        finding, case, form: which, and as what it was marked.
        values: by QUANTITIES; one that is undefined is missing.
            area: share of the radiograph; parts: connected parts.
            hit_…, iou_…: of the floors, over the whole radiograph.
            ceiling_…: IoU of a perfect map of so many cells a side, at the best threshold for this truth.
            outline_in_box: IoU of an outline with its own boxes.
        readers_both: of two readers of whom one marked it, how often both did; readers_iou, readers_hit: where both
            did, the IoU of their regions, and whether the middle of one's largest mark lies in the other's.
    """

    finding: str
    case: str
    form: Form
    values: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Subject:
    """A case to be measured; `reading` where several people read it."""

    job: CaseJob
    reading: Case | None = None


def measure_case(floors: Floors, subject: Subject) -> list[Measured]:
    """Measure every truth of a case."""
    job = subject.job
    agreement = _agreement(subject.reading) if subject.reading else {}
    ceilings: dict[str, dict[str, float]] = {}
    for one in ceilings_of_case(job):
        ceilings.setdefault(one.finding, {})[ceiling_key(one.resolution, one.alignment)] = one.best
    boxed = {row.finding: {"outline_in_box": row.scores.values["iou_all"]} for row in box_ceilings_of_case(job)}
    found = []
    for finding in ceilings:
        mask = MaskRuns.of((job.masks or {})[finding])
        pixels = mask.size[0] * mask.size[1]
        values = {
            "area": mask.area / pixels,
            "parts": float(len(mask.boxes)),
            "hit_random": hit_of_random_point(mask.area, pixels),
            "iou_random": iou_of_random_region(mask.area, pixels),
        }
        values |= _floors(floors, finding, job.case_id, mask) | ceilings[finding] | boxed.get(finding, {})
        values |= agreement.get(finding, {})
        found.append(Measured(finding, job.case_id, job.form(finding), values))
    return found


def _agreement(case: Case) -> dict[str, dict[str, float]]:
    """How far the readers of a case agree, by finding: means over pairs of them."""
    pairs: dict[str, list[PairRow]] = {}
    for row in pairs_of(Readings.of(case)):
        pairs.setdefault(row.finding, []).append(row)
    found = {}
    for finding, rows in pairs.items():
        both = [row for row in rows if row.both]
        found[finding] = {"readers_both": len(both) / len(rows)}
        if both:
            hits = [hit for row in both for hit in (row.hit, row.hit_back)]
            found[finding] |= {
                "readers_iou": float(np.mean([row.iou for row in both])),
                "readers_hit": float(np.nanmean(hits)),
            }
    return found


def _floors(floors: Floors, finding: str, case: str, mask: MaskRuns) -> dict[str, float]:
    """Hit and IoU of the floors that are maps, made without this patient; none of one that there is no map for."""
    found = {}
    for name, floor in FLOORS.items():
        laid = floors.map_for(floor, finding, case)
        comparison = laid.against(region_of(mask.size, floors.alignment), mask) if laid is not None else None
        if laid is None or comparison is None:
            continue
        found[f"hit_{name}"] = comparison.hit()
        if not np.isnan(laid.threshold):
            overlap = overlap_above(comparison, comparison.curve(), laid.threshold)
            found[f"iou_{name}"] = float(iou_all(overlap))
    return found
