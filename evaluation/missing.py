"""Maps that a method does not have, and what that costs it: what was left out must not raise a score.

`miss`: where something is drawn and there is no usable map (none, one of NaN, one that was refused), the mask is
missed: no hit, and an IoU over TP, FP and FN of 0. The TP-only IoU is by its definition about maps that mark something,
and leaves the case out; where nothing is drawn, nothing marked is right, and by definition undefined. A finding that a
model does not predict at all, on any case, stays undefined. `common`: every method is scored on the maps that all have.
`own`: as the official scripts do, each method on the maps that it has.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from data_cache.counting import counted
from evaluation.scores import NAN, Scores
from evaluation.scoring import Row
from models.classification.reasons import NOT_PREDICTED

Missing = Literal["miss", "common", "own"]
LEFT_OUT = "left out: not every method has a map"
_WORDS: dict[Missing, str] = {
    "miss": "counted as misses: no hit, and 0 over TP, FP and FN; TP-only IoU leaves them out by definition",
    "common": "left out for all methods, as is every map that a method lacks",
    "own": "left out of the hit rate and of TP-only IoU, which flatters",
}


@dataclass(frozen=True, order=True)
class Lack:
    """How many maps a method lacks of a finding, for one reason: on masks that are drawn, and elsewhere."""

    method: str
    finding: str
    reason: str
    drawn: int
    undrawn: int


def settled(rows: Sequence[Row], policy: Missing, methods: Collection[str]) -> list[Row]:
    """Rows as a policy scores them.

    Args:
        rows: scored on the maps that there are.
        policy: see above.
        methods: those that are to have maps; other rows (radiologists, floors) are only left out with them.
    """
    if policy == "own":
        return list(rows)
    if policy == "common":
        return left_out_unless(rows, common(rows, methods))
    mapped = {(row.method, row.finding) for row in rows if row.mapped}
    return [_missed(row) if _counts(row, mapped) else row for row in rows]


def left_out_unless(rows: Iterable[Row], shared: Collection[tuple[str, str]]) -> list[Row]:
    """Rows without scores but for some (case, finding)."""
    return [row if (row.case, row.finding) in shared else _left_out(row) for row in rows]


def common(rows: Iterable[Row], methods: Collection[str]) -> set[tuple[str, str]]:
    """The (case, finding) of which every method has a usable map."""
    known = [row for row in rows if row.method in methods]
    lacked = {(row.case, row.finding) for row in known if row.lacking}
    return {(row.case, row.finding) for row in known} - lacked


def lacks(rows: Iterable[Row]) -> list[Lack]:
    """What methods lack, sorted."""
    found = Counter((row.method, row.finding, row.lacking, row.drawn) for row in rows if row.lacking)
    keys = sorted({key[:3] for key in found})
    return [Lack(*key, found[*key, True], found[*key, False]) for key in keys]


def sentences(found: Sequence[Lack], policy: Missing) -> list[str]:
    """One sentence a method that lacks something."""
    return [_sentence([one for one in found if one.method == method], policy) for method in _methods(found)]


def _methods(found: Iterable[Lack]) -> list[str]:
    return list(dict.fromkeys(one.method for one in found))


def _sentence(found: Sequence[Lack], policy: Missing) -> str:
    drawn, undrawn = (sum(getattr(one, name) for one in found) for name in ("drawn", "undrawn"))
    reasons = Counter[str]()
    for one in found:
        reasons[one.reason] += one.drawn + one.undrawn
    why = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    of = f"{counted(drawn, 'drawn mask')} and of {counted(undrawn, 'finding')} without one"
    return (
        f"{found[0].method} has no usable map of {of} ({why}); what is drawn is {_WORDS[policy]} (--missing {policy})."
    )


def _counts(row: Row, mapped: Collection[tuple[str, str]]) -> bool:
    """Whether a row is a missed mask; a finding that the model predicts on no case is none."""
    predicted = row.lacking != NOT_PREDICTED or (row.method, row.finding) in mapped
    return bool(row.lacking) and row.drawn and predicted


def _missed(row: Row) -> Row:
    scores = Scores({"hit": 0.0, "iou_tp": NAN, "iou_all": 0.0}, {"iou_tp": row.lacking})
    return replace(row, scores=scores)


def _left_out(row: Row) -> Row:
    return replace(row, scores=Scores.undefined(row.lacking or LEFT_OUT))
