"""The truths of a dataset, small enough to be measured by the ten thousands."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.marks import Form, Mark, Runs, Size, Unions
from data_cache.masks import Rle
from evaluation.inference.intervals import groups_of
from evaluation.problems import Problem
from evaluation.truth.ground_truth import Masks

LARGEST = 1024  # pixels of the longer side up to which shapes are filled on the radiograph as it is
SIDE = 768  # pixels of the longer side of one that shapes of larger radiographs are filled on


@dataclass(frozen=True, eq=False)
class Truths:
    """What is measured.

    Attributes:
        masks: of the cases on which anything is drawn, filled when they are first asked for.
        images: radiographs that there are, also those on which nothing is drawn.
        marks: shapes that were drawn, by finding; masks where nothing is known of shapes.
        readers: who drew them, where they are named.
        patients: by case.
        readings: the cases that several people read, their marks on the same radiographs as the masks.
    """

    masks: Masks
    images: int
    marks: Mapping[str, int]
    readers: tuple[str, ...] = ()
    patients: Mapping[str, str] = field(default_factory=dict)
    readings: Mapping[str, Case] = field(default_factory=dict)

    @classmethod
    def of_masks(cls, masks: Masks) -> "Truths":
        """Take masks as a file holds them."""
        drawn = {case: {f: m for f, m in found.items() if m.area} for case, found in masks.cases.items()}
        drawn = {case: found for case, found in drawn.items() if found}
        marks = Counter(finding for found in drawn.values() for finding in found)
        groups = dict(zip(drawn, groups_of(list(drawn), "patient"), strict=True)) | dict(masks.patients)
        kept = Masks(drawn, masks.problems, masks.findings, masks.forms, masks.patients)
        return cls(kept, len(masks.cases), marks, (), {case: groups[case] for case in drawn})

    @classmethod
    def of_cases(cls, cases: Iterable[Case], problems: Iterable[Problem] = ()) -> "Truths":
        """Take a dataset's cases; one whose size cannot be told is left out and named."""
        images, named = 0, list(problems)
        masks: dict[str, Mapping[str, Rle]] = {}
        forms: dict[str, dict[str, Form]] = {}
        patients: dict[str, str] = {}
        marks: Counter[str] = Counter()
        readers: dict[str, None] = {}
        readings: dict[str, Case] = {}
        for case in cases:
            images += 1
            try:
                drawn = _drawn(case)
            except InputError as error:
                named.append(Problem("mask that cannot be read", case.id, str(error)))
                continue
            readers |= dict.fromkeys(reader for reader in case.readers if reader)
            if not drawn:
                continue
            masks[case.id] = drawn
            forms[case.id] = {finding: case.form_of(finding) for finding in drawn}
            patients[case.id] = case.patient
            if len(case.readers) > 1 and case.marks:
                readings[case.id] = _reduced(case)
            marks.update([mark.finding for mark in case.marks] or list(drawn))
        findings = tuple(finding for finding in FINDINGS if marks[finding])
        kept = Masks(masks, tuple(named), findings, forms, patients)
        return cls(kept, images, marks, tuple(readers), patients, readings)


def _drawn(case: Case) -> Mapping[str, Rle]:
    """The masks of a case that are not empty; of shapes, filled when they are asked for."""
    if not case.marks:
        return {finding: mask for finding, mask in case.masks.items() if mask.area}
    marks, size = reduced(case.marks, case.annotated_size or case.size())
    return Unions(marks, (), partial(_same, size))


def _reduced(case: Case) -> Case:
    marks, size = reduced(case.marks, case.annotated_size or case.size())
    return replace(case, marks=marks, annotated_size=size, image_path=None, pixels=None)


def reduced(marks: Iterable[Mark], size: Size) -> tuple[tuple[Mark, ...], Size]:
    """Marks on a radiograph of moderate size, and that size.

    What is measured are shares of the radiograph and of each other, which stay the same but for the rounding of edges
    to pixels: over 615 truths of VinBigData (about 2,500×2,600 pixels) no mean IoU moved by more than 0.004. Where a
    mask is among the marks, nothing is made smaller.
    """
    kept = tuple(marks)
    scale = SIDE / max(size)
    if max(size) <= LARGEST or any(isinstance(mark.shape, Runs) for mark in kept):
        return kept, size
    small = max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)
    x, y = small[1] / size[1], small[0] / size[0]
    return tuple(replace(mark, shape=mark.shape.scaled(x, y)) for mark in kept), small


def _same(size: Size) -> Size:
    return size
