"""The location prior times the model's probability: a floor that knows whether a finding is there, and not where.

A map times a number is the same map once it is scaled to [0, 1], so that the probability can only act through a
cut-off: where it lies below one, nothing is marked. This matters to the IoU over TP, FP and FN alone, in which a region
that is marked without a mask scores 0; the prior's hits and its TP-only IoU are what they are without it. The cut-off
is the published search's (`tuning.cutoff_search`) over the cases that the prior was made of.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from data_cache.masks import Rle
from evaluation.floors import PREFIX, PRIOR
from evaluation.floors.fitting import Floors, Masked
from evaluation.floors.maps import ious_at
from evaluation.scores import EMPTY, METRICS, NAN, NO_CASE, NOT_MARKED, Scores
from evaluation.scoring import Row
from evaluation.tuning.search import CutoffTuning, cutoff_search

SAME = "as of the prior alone"
NO_PROBABILITY = "no probability"

OfCases = Mapping[tuple[str, str], float]  # by finding and case; only those that are known


@dataclass(frozen=True)
class Confidence:
    """What a model says of cases.

    Attributes:
        model: its key, or the name of the method that brings the probabilities.
        tuning: its probabilities of the cases with masks to learn from.
        scored: of the cases that are scored.
    """

    model: str
    tuning: OfCases
    scored: OfCases

    @property
    def name(self) -> str:
        """Of the floor."""
        return f"{PREFIX}prior × probability ({self.model})"


def different(confidences: Iterable[Confidence]) -> list[Confidence]:
    """Leave out those without probabilities, and those that say the same as an earlier one."""
    found: list[Confidence] = []
    for one in confidences:
        if one.scored and all(one.scored != other.scored for other in found):
            found.append(one)
    return found


def confidence_rows(
    floors: Floors,
    masked: Masked,
    pool: Mapping[str, Mapping[str, Rle]],
    confidence: Confidence,
    prior: Sequence[Row],
) -> tuple[list[Row], dict[tuple[str, int], float]]:
    """The rows of the prior with a cut-off.

    Args:
        floors: with the prior.
        masked: the masks that it was made of.
        pool: the same by case, with empty ones.
        confidence: the model's.
        prior: the rows of the prior alone.

    Returns:
        The rows, and the cut-offs by finding and version of the floors.
    """
    cutoffs = {
        (finding, version): cutoff
        for finding in {row.finding for row in prior}
        for version in floors.folds.versions
        if (cutoff := _cutoff(floors, masked, pool, confidence.tuning, finding, version)) is not None
    }
    rows = []
    for row in prior:
        cutoff = cutoffs.get((row.finding, floors.folds.place(row.case)))
        probability = confidence.scored.get((row.finding, row.case), NAN)
        rows.append(
            Row(confidence.name, row.finding, row.case, _silenced(row.scores, cutoff, probability), probability)
        )
    return rows, cutoffs


def _cutoff(
    floors: Floors,
    masked: Masked,
    pool: Mapping[str, Mapping[str, Rle]],
    probabilities: OfCases,
    finding: str,
    version: int,
) -> float | None:
    prior = floors.maps[PRIOR, finding][version]
    if prior is None:
        return None
    masks = [mask for mask in masked[finding] if floors.folds.learned_from(mask.case, version)]
    ious = ious_at(prior.values, prior.threshold, masks)
    tuning = CutoffTuning()
    for case, drawn in pool.items():
        probability = probabilities.get((finding, case), NAN)
        if probability == probability and finding in drawn and floors.folds.learned_from(case, version):
            tuning.add(ious.get(case, 0.0), probability, case in ious)
    return cutoff_search(tuning.means(), finding) if tuning.cases.any() else None


def _silenced(prior: Scores, cutoff: float | None, probability: float) -> Scores:
    reasons = {"hit": SAME, "iou_tp": SAME}
    value = prior.values["iou_all"]
    if value != value:
        return Scores(dict.fromkeys(METRICS, NAN), {**reasons, "iou_all": prior.reasons.get("iou_all", NOT_MARKED)})
    if cutoff is None or probability != probability:
        return Scores(dict.fromkeys(METRICS, NAN), {**reasons, "iou_all": NO_PROBABILITY})
    if probability >= cutoff:
        return Scores({"hit": NAN, "iou_tp": NAN, "iou_all": value}, reasons)
    if prior.reasons.get("iou_tp") in (EMPTY, NO_CASE):  # nothing is drawn
        return Scores(dict.fromkeys(METRICS, NAN), {**reasons, "iou_all": NOT_MARKED})
    return Scores({"hit": NAN, "iou_tp": NAN, "iou_all": 0.0}, reasons)
