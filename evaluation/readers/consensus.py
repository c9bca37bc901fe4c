"""What several readers say together: their union, what most of them marked, or their boxes fused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data_cache.annotations.annotation import merged
from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.marks import Box, Mark, nothing, union
from data_cache.masks import Rle, run_lengths
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.readers.fusion import fuse
from evaluation.readers.pairs import Point, centroid

WAYS = ("union", "majority", "fusion")


def majority(masks: Sequence[Rle]) -> Rle:
    """The pixels that more than half of the readers marked: of two readers, those that both did.

    Args:
        masks: one a reader, of one size, at least one; empty where the reader marked nothing.

    Raises:
        ValueError: none, or the sizes differ.
    """
    if not masks or len({mask.size for mask in masks}) > 1:
        raise ValueError(f"Expected masks of one (height, width), found {[mask.size for mask in masks]}.")
    height, width = masks[0].size
    borders = [np.cumsum(run_lengths(mask.counts))[:-1] for mask in masks]
    steps = [np.where(np.arange(len(one)) % 2 == 0, 1, -1) for one in borders]
    places, inverse = np.unique(np.concatenate(borders), return_inverse=True)
    changes = np.bincount(inverse, np.concatenate(steps), len(places)).astype(np.int64)
    inside = np.cumsum(changes) * 2 > len(masks)
    turns = places[np.flatnonzero(np.diff(inside, prepend=False))]
    runs = np.diff(turns, prepend=0, append=height * width)
    return Rle.from_runs((runs if runs[-1] or len(runs) == 1 else runs[:-1]).tolist(), masks[0].size)


def fused(marks: Sequence[Mark], size: tuple[int, int]) -> Rle:
    """The union of the readers' boxes, fused; other shapes count as their boxes.

    Boxes are weighted by the readers' certainty where the dataset has one.
    """
    if not marks:
        return nothing(size)
    boxes = np.array([bounds(mark, size) for mark in marks])
    kept = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    weights = np.array([mark.certainty or 1.0 for mark in marks])
    found, _ = fuse(boxes[kept], weights[kept])
    return union([Box(*map(float, box)) for box in found], size)


def bounds(mark: Mark, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of a mark's box; all 0 where it has no pixel."""
    shape = mark.shape
    if isinstance(shape, Box):
        return shape.x0, shape.y0, shape.x1, shape.y1
    runs = MaskRuns.of(shape.encode(size))
    if not runs.area:
        return 0.0, 0.0, 0.0, 0.0
    around = runs.bounds()
    return (
        float(around.left),
        float(around.top),
        float(around.left + around.columns),
        float(around.top + around.rows),
    )


@dataclass(frozen=True)
class Readings:
    """What each reader of a case marked, as masks.

    Attributes:
        case: with marks.
        masks: by reader, by finding that any of them marked; empty where the reader marked nothing.
        points: by reader, by finding, where the reader would point: the centroid (x, y) of the largest mark, one point
            as a map has one largest value; None where the reader marked nothing.
    """

    case: Case
    masks: Mapping[str, Mapping[str, Rle]]
    points: Mapping[str, Mapping[str, Point | None]]

    @classmethod
    def of(cls, case: Case) -> "Readings":
        """Fill the marks.

        Raises:
            InputError: the case's size cannot be told.
        """
        size = case.annotated_size or case.size()
        filled: dict[tuple[str, str], list[Rle]] = {}
        for mark in case.marks:
            filled.setdefault((mark.reader, mark.finding), []).append(mark.shape.encode(size))
        marked = {finding for _, finding in filled}
        findings = [finding for finding in FINDINGS if finding in marked]
        masks = {r: {f: merged(filled.get((r, f), [nothing(size)])) for f in findings} for r in case.readers}
        points = {r: {f: _point(filled.get((r, f), ())) for f in findings} for r in case.readers}
        return cls(case, masks, points)

    @property
    def findings(self) -> tuple[str, ...]:
        """Those that any reader marked, in CheXpert's order."""
        return tuple(next(iter(self.masks.values()), ()))

    def together(self, finding: str, how: str, readers: Sequence[str]) -> Rle:
        """What some of the readers, at least one, say together of a finding that any reader marked.

        Args:
            finding: one of `findings`.
            how: one of `WAYS`.
            readers: of the case.

        Raises:
            ValueError: no such way.
        """
        masks = [self.masks[reader][finding] for reader in readers]
        if how == "union":
            return merged(masks)
        if how == "majority":
            return majority(masks)
        if how != "fusion":
            raise ValueError(f"Expected one of {', '.join(WAYS)}, found {how!r}.")
        return fused([m for m in self.case.marks if m.finding == finding and m.reader in readers], masks[0].size)


def _point(masks: Sequence[Rle]) -> Point | None:
    largest = max(masks, key=lambda mask: mask.area, default=None) if len(masks) != 1 else masks[0]
    return None if largest is None else centroid(largest)


def agreed(case: Case, how: str) -> dict[str, Rle]:
    """What a case's readers say together, or one of them alone, as its masks by finding.

    Args:
        case: of several readers, or of one, or without marks.
        how: one of `WAYS`, or a reader's name.

    Returns:
        A mask for each finding that the case has: empty where it was looked for and the readers do not mark it so.

    Raises:
        InputError: the case's size cannot be told, or no such reader read it.
    """
    if how not in WAYS and how not in case.readers:
        found = ", ".join(reader for reader in case.readers if reader) or "nobody by name"
        raise InputError(f"Expected {how} among the readers of {case.id}, found {found}.")
    readings = Readings.of(case)
    readers = case.readers if how in WAYS else (how,)
    size = case.annotated_size or case.size()
    return {
        finding: readings.together(finding, how if how in WAYS else "union", readers)
        if finding in readings.findings
        else nothing(size)
        for finding in case.masks
    }
