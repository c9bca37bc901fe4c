"""Radiologists' masks and the human benchmark's masks and points, read so that one bad entry spoils only itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data_cache.bounded_files import read_file
from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.findings import FINDINGS, LOCALIZED_FINDINGS, canonical_finding
from data_cache.json_text import DATASET, parse_json
from data_cache.marks import Form
from data_cache.mask_sizes import Size, odd_masks
from data_cache.masks import Rle, run_lengths
from evaluation.problems import Kind, Problem

Point = tuple[float, float]
_SIZE = "img_size"
_MOST_PIXELS = 200_000_000
_MOST_LABELS = 1_000
_MOST_BYTES = 1_000_000 * DATASET.megabytes


@dataclass(frozen=True)
class Masks:
    """Masks by case and finding.

    Attributes:
        cases: for each case of the file, its masks by CheXpert's name; a finding that was looked for and not found has
            an empty mask, one whose entry is missing or unusable is missing.
        problems: what could not be used.
        findings: those to be scored, in CheXpert's order; by default the ten that CheXlocalize localizes.
        forms: as what each of them was marked, where that was not simply as masks in CheXlocalize's layout.
        patients: by case, where a dataset says whose radiograph it is.
        origin: the dataset and split that they are of; "" where they were read from a file of masks.
        notes: what should be known of that: what labels were taken for, what was left out.
        left_out: cases of the dataset whose truth is not known: the reader whose marks are true did not read them, or
            their marks cannot be read. Nothing is scored on them, while maps of a case that no truth speaks of are
            scored as those of one without findings.
    """

    cases: Mapping[str, Mapping[str, Rle]]
    problems: tuple[Problem, ...] = ()
    findings: tuple[str, ...] = LOCALIZED_FINDINGS
    forms: Mapping[str, Mapping[str, Form]] = field(default_factory=dict)
    patients: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    notes: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()

    def to_score(self, mapped: Iterable[str]) -> list[str]:
        """The cases to score, sorted: those with masks, and those that only have maps but are not left out."""
        return sorted({*self.cases, *mapped} - self.left_out)

    @classmethod
    def of_cases(cls, cases: Iterable[Case], problems: Iterable[Problem] = ()) -> "Masks":
        """Take the masks of a dataset's cases, to be scored on the findings that anybody looked for.

        A case whose size cannot be told is left out and named; one that nobody marked anything on or is said to have
        read is not among them.
        """
        masks: dict[str, Mapping[str, Rle]] = {}
        forms: dict[str, Mapping[str, Form]] = {}
        patients: dict[str, str] = {}
        found, unknown = list(problems), set()
        for case in cases:
            if not (case.masks or case.read_by):
                continue  # nobody looked
            try:
                masks[case.id] = dict(case.masks)
            except InputError as error:
                found.append(Problem("mask that cannot be read", case.id, str(error)))
                unknown.add(case.id)
                continue
            forms[case.id] = {finding: case.form_of(finding) for finding in masks[case.id]}
            patients[case.id] = case.patient
        looked_for = {finding for one in forms.values() for finding in one}
        findings = tuple(finding for finding in FINDINGS if finding in looked_for)
        return cls(masks, tuple(found), findings, forms, patients, left_out=frozenset(unknown))


@dataclass(frozen=True)
class HumanBenchmark:
    """What the second group of radiologists drew: masks, and salient points (x, y)."""

    masks: Mapping[str, Mapping[str, Rle]] = field(default_factory=dict)
    points: Mapping[str, Mapping[str, tuple[Point, ...]]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def flagged(self, truth: Masks) -> tuple[Problem, ...]:
        """Cases with a radiologist's mask for which the human benchmark has no entry or only empty ones."""
        found = []
        for case_id, masks in truth.cases.items():
            drawn = [finding for finding, mask in masks.items() if mask.area]
            if not drawn:
                continue
            if self.masks and not any(mask.area for mask in self.masks.get(case_id, {}).values()):
                what = "empty masks" if case_id in self.masks else "no masks"
                found.append(_flag(case_id, what, drawn))
            if self.points and not any(self.points.get(case_id, {}).values()):
                found.append(_flag(case_id, "no salient points", drawn))
        return tuple(found)


def _flag(case_id: str, what: str, drawn: list[str]) -> Problem:
    sentence = f"{case_id} has {what} in the human benchmark, although {', '.join(drawn)} is drawn: nothing marked."
    return Problem("flagged human benchmark", case_id, sentence)


def read_masks(path: Path) -> Masks:
    """Read segmentations, case → finding → {size: [h, w], counts}, CheXlocalize's names or CheXpert's.

    An entry that is no mask, of an unknown finding or of another size than the radiograph is left out and named; a
    missing entry of one of the ten localized findings is named too. The radiograph's size is the case's `img_size`
    where it has one, else that of most of its masks, among equals of the first.

    Raises:
        InputError: the file is missing or no JSON object.
    """
    cases: dict[str, dict[str, Rle]] = {}
    sizes: dict[str, Size] = {}
    problems: list[Problem] = []
    refused: set[tuple[str, str]] = set()  # named already, and not missing
    for case_id, name, value in _entries(path, cases, problems):
        if name == _SIZE:
            sizes |= {case_id: (value[0], value[1])} if _is_size(value) else {}
            continue
        subject = f"{case_id}, {name}"
        try:
            finding, mask = canonical_finding(name), _mask(value)
        except InputError as error:
            kind: Kind = "mask that cannot be read" if _known(name) else "unknown finding"
            problems.append(Problem(kind, subject, f"{path.name}, {subject}: {error}"))
            refused |= {(case_id, canonical_finding(name))} if _known(name) else set()
            continue
        if finding in cases[case_id]:
            sentence = f"{path.name}, {subject}: Expected one mask of {finding}, found several; the first is used."
            problems.append(Problem("mask that cannot be read", subject, sentence))
            continue
        cases[case_id][finding] = mask
    for case_id, masks in cases.items():
        refused |= {(case_id, finding) for finding in _drop_other_sizes(case_id, masks, sizes.get(case_id), problems)}
    unreadable = {problem.subject for problem in problems}
    for case_id, masks in cases.items():
        missing = [one for one in LOCALIZED_FINDINGS if one not in masks and (case_id, one) not in refused]
        if missing and case_id not in unreadable:
            sentence = f"Expected the ten findings for {case_id} in {path.name}, found no {', '.join(missing)}."
            problems.append(Problem("case without a mask entry", case_id, sentence))
    return Masks(cases, tuple(problems))


def _drop_other_sizes(case_id: str, masks: dict[str, Rle], size: Size | None, problems: list[Problem]) -> list[str]:
    """Take masks of another size out, name them, and return their findings."""
    expected, others = odd_masks(masks, size)
    for finding in others:
        found = _words(masks.pop(finding).size)
        whose = f"the radiograph {case_id}" if size else f"most masks of {case_id}"
        sentence = f"Expected {_words(expected)} as {whose} for {finding}, found {found}; it alone is left out."
        problems.append(Problem("mask of another size", f"{case_id}, {finding}", sentence))
    return others


def read_human_benchmark(masks: Path | None, points: Path | None) -> HumanBenchmark:
    """Read the human benchmark's segmentations and salient points; either may be left out.

    Raises:
        InputError: a file is missing or no JSON object.
    """
    drawn = read_masks(masks) if masks else Masks({})
    cases: dict[str, dict[str, tuple[Point, ...]]] = {}
    problems = [problem for problem in drawn.problems if problem.kind != "case without a mask entry"]
    for case_id, name, value in _entries(points, cases, problems) if points else ():
        if name == _SIZE:
            continue
        try:
            cases[case_id][canonical_finding(name)] = tuple((float(x), float(y)) for x, y in value)
        except (InputError, TypeError, ValueError, OverflowError) as error:
            subject = f"{case_id}, {name}"
            problems.append(Problem("mask that cannot be read", subject, f"Salient points of {subject}: {error}"))
    return HumanBenchmark(drawn.cases, cases, tuple(problems))


def _entries(path: Path, cases: dict[str, Any], problems: list[Problem]) -> Iterator[tuple[str, str, Any]]:
    """Yield (case, finding's name or _SIZE, value) of a file; makes an entry in `cases` for every case on the way."""
    for case_id, entries in _load(path).items():
        cases[case_id] = {}
        if not isinstance(entries, Mapping):
            sentence = f"Expected findings by name for {case_id} in {path.name}, found {type(entries).__name__}."
            problems.append(Problem("mask that cannot be read", case_id, sentence))
            continue
        if len(entries) > _MOST_LABELS:
            sentence = f"Expected CheXpert's findings for {case_id} in {path.name}, found {len(entries):,} labels."
            problems.append(Problem("mask that cannot be read", case_id, sentence))
            continue
        for name, value in entries.items():
            yield case_id, name, value


def _load(path: Path) -> Mapping[str, Any]:
    content = parse_json(read_file(path, "masks", _MOST_BYTES), path.name, "masks", DATASET, finite=False)
    if not isinstance(content, Mapping) or not content:
        raise InputError(f"Expected cases by id in {path.name}, found none; name the file of segmentations.")
    return content


def _mask(value: Any) -> Rle:
    try:
        height, width = (int(side) for side in value["size"])
        counts = value["counts"]
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise InputError("expected {size: [height, width], counts}, found something else") from error
    if not isinstance(counts, str) or min(height, width) < 1 or height * width > _MOST_PIXELS:
        raise InputError(f"expected a mask with compressed counts, found one of {width}×{height}")
    if sum(run_lengths(counts)) != height * width:
        raise InputError(f"expected run lengths that add up to {width}×{height} pixels, found others")
    return Rle((height, width), counts)


def _known(name: str) -> bool:
    try:
        canonical_finding(name)
    except InputError:
        return False
    return True


def _is_size(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(side) is int and side > 0 for side in value)


def _words(size: Size) -> str:
    return f"{size[1]}×{size[0]}"
