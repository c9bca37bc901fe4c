"""Scoring methods, and floors, against every reading of a dataset of gaze."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.gaze.gaze_map import GazeMap, Reading
from data_cache.geometry import Alignment
from evaluation.gaze.floors import FLOORS, GazeSum, floors
from evaluation.gaze.laying import lay
from evaluation.gaze.scores import scores
from evaluation.problems import Problem
from evaluation.sources.base import CaseMaps, MapSource
from evaluation.workers import available_cores, in_order

Progress = Callable[[str, int, int], None]
NO_MAP = "no map of this finding"
NO_CASE = "no maps of this radiograph"
OTHER_SIZE = "maps of a radiograph of another size"
NO_OTHERS = "no other patient"
NOTHING_REPORTED = "the reader reported nothing"


@dataclass(frozen=True)
class GazeRun:
    """How maps are scored against gaze.

    Attributes:
        sources: the methods.
        alignment: how maps lie on radiographs.
        share: of the mass, for the top regions.
        processes: how many to work with.
    """

    sources: tuple[MapSource, ...]
    alignment: Alignment = "paper"
    share: float = 0.5
    processes: int = field(default_factory=available_cores)

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of the rows: methods, then floors."""
        return (*(source.name for source in self.sources), *FLOORS)


@dataclass(frozen=True)
class GazeRow:
    """One method's map of one finding against one reading; a floor has the same map for all findings.

    Attributes:
        method, finding: which map.
        case, patient, reader, kind, phrase: which reading.
        values: by score, NaN where undefined.
        reasons: why those are, by score.
    """

    method: str
    finding: str
    case: str
    patient: str
    reader: str
    kind: str
    phrase: str
    values: Mapping[str, float]
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class GazeResults:
    """What came out.

    Attributes:
        rows: of all methods and floors.
        left_out: how many readings (or, of a method, readings and findings) were not scored, by method and reason.
        problems: what could not be used, a sentence each.
    """

    rows: tuple[GazeRow, ...]
    left_out: Mapping[tuple[str, str], int]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Outcome:
    rows: tuple[GazeRow, ...]
    left_out: Counter[tuple[str, str]]
    problems: tuple[str, ...]


def score_gaze(run: GazeRun, readings: Sequence[Reading], progress: Progress) -> GazeResults:
    """Score every method's maps, and the floors, against every reading.

    A gaze map of a finding is compared with the map of that finding; one of no finding in particular with the maps of
    the findings that its reader reported, where the dataset says which, else with all.

    Raises:
        InputError: no method has a map that any reading can be compared with.
    """
    mapped = {case for source in run.sources for case in source.files}
    patients: dict[str, list[Reading]] = {}
    for reading in readings:
        patients.setdefault(reading.patient, []).append(reading)
    groups = list(patients.values())
    if not any(reading.case in mapped for reading in readings):
        raise InputError(
            f"Expected maps of the radiographs that were read, such as {readings[0].case}, found none; are the maps "
            "called by the DICOM ids?"
        )
    total = GazeSum()
    for done, part in enumerate(in_order(_sum_of, groups, run.processes), 1):
        total.add(part)
        progress("Gaze", done, len(groups))
    rows: list[GazeRow] = []
    left_out: Counter[tuple[str, str]] = Counter()
    problems: list[str] = []
    for done, outcome in enumerate(in_order(partial(_score_patient, run, total), groups, run.processes), 1):
        rows += outcome.rows
        left_out += outcome.left_out
        problems += outcome.problems
        progress("Scoring", done, len(groups))
    if not any(row.method not in FLOORS for row in rows):
        raise InputError("Expected maps that can be compared with a reading, found none. " + " ".join(problems[:1]))
    return GazeResults(tuple(rows), dict(left_out), tuple(dict.fromkeys(problems)))


def _maps_of(readings: Iterable[Reading], problems: list[str]) -> Iterator[tuple[Reading, GazeMap]]:
    """Make the maps of readings; one that cannot be made is named and left out."""
    for reading in readings:
        try:
            made = reading.make()
            problems += made.problems
            yield reading, made
        except InputError as error:
            problems.append(str(error))


def _sum_of(readings: Sequence[Reading]) -> GazeSum:
    return GazeSum.of((reading.kind, gaze) for reading, gaze in _maps_of(readings, []))


def _score_patient(run: GazeRun, total: GazeSum, readings: Sequence[Reading]) -> _Outcome:
    problems: list[str] = []
    left_out: Counter[tuple[str, str]] = Counter()
    made = list(_maps_of(readings, problems))
    if len(made) < len(readings):
        left_out["", "gaze that cannot be used"] += len(readings) - len(made)
    own = GazeSum.of((reading.kind, gaze) for reading, gaze in made)
    rows: list[GazeRow] = []
    for case in dict.fromkeys(reading.case for reading, _ in made):
        found = {source.name: _read(source, case, problems) for source in run.sources}
        for reading, gaze in made:
            if reading.case == case:
                rows += _score_reading(run, reading, gaze, found, left_out)
                rows += _score_floors(run, reading, gaze, total, own, left_out)
    return _Outcome(tuple(rows), left_out, tuple(problems))


def _read(source: MapSource, case: str, problems: list[str]) -> CaseMaps | None:
    if case not in source.files:
        return None
    found = source.read_or_refuse(case)
    problems.extend(problem.sentence for problem in found.problems if isinstance(problem, Problem))
    return found


def findings_of(reading: Reading) -> tuple[str, ...]:
    """The findings whose maps a reading is compared with, in CheXpert's order."""
    if reading.finding is not None:
        return (reading.finding,)
    return FINDINGS if reading.reported is None else reading.reported


def _score_reading(
    run: GazeRun,
    reading: Reading,
    gaze: GazeMap,
    maps: Mapping[str, CaseMaps | None],
    left_out: Counter[tuple[str, str]],
) -> Iterator[GazeRow]:
    wanted = findings_of(reading)
    if not wanted:
        left_out["", NOTHING_REPORTED] += 1
    grid = (gaze.values.shape[0], gaze.values.shape[1])
    for source in run.sources:
        found = maps[source.name]
        for finding in wanted:
            reason = _why_not(found, finding, reading)
            if found is None or reason:
                left_out[source.name, reason] += 1
                continue
            scored = source.to_score(found.maps[finding], run.alignment)
            laid = lay(scored, reading.size, grid, found.geometry, run.alignment)
            yield _row(source.name, finding, reading, *scores(laid, gaze.values, gaze.points, gaze.size, run.share))


def _why_not(found: CaseMaps | None, finding: str, reading: Reading) -> str:
    if found is None:
        return NO_CASE
    if finding not in found.maps:
        return NO_MAP
    return OTHER_SIZE if found.image_size not in (None, reading.size) else ""


def _score_floors(
    run: GazeRun,
    reading: Reading,
    gaze: GazeMap,
    total: GazeSum,
    own: GazeSum,
    left_out: Counter[tuple[str, str]],
) -> Iterator[GazeRow]:
    maps = floors(total, own, reading.kind, (gaze.values.shape[0], gaze.values.shape[1]))
    for name in FLOORS:
        if name not in maps:
            left_out[name, NO_OTHERS] += 1
            continue
        found = scores(maps[name], gaze.values, gaze.points, gaze.size, run.share)
        for finding in findings_of(reading):
            yield _row(name, finding, reading, *found)


def _row(
    method: str, finding: str, reading: Reading, values: Mapping[str, float], reasons: Mapping[str, str]
) -> GazeRow:
    return GazeRow(
        method,
        finding,
        reading.case,
        reading.patient,
        reading.reader,
        reading.kind,
        reading.phrase,
        values,
        reasons,
    )
