"""The localization benchmark: tune on validation maps where the protocol says so, score, describe."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from functools import partial

from data_cache.errors import InputError
from data_cache.geometry import Alignment
from data_cache.marks import Form
from evaluation.box_ceiling import BOX_CEILING, box_ceilings_of_case
from evaluation.cases import CaseJob, Setup
from evaluation.ceilings import ALIGNMENTS, RESOLUTIONS, Ceiling, ceiling_name, ceilings_of_case
from evaluation.features import Shape, shapes_of_case
from evaluation.floors.fitting import Floors, fit_floors
from evaluation.floors.running import FloorRun
from evaluation.floors.scoring import score_floors
from evaluation.inference.intervals import Unit
from evaluation.missing import Lack, Missing, common, lacks, left_out_unless, settled
from evaluation.problems import Problem
from evaluation.readers.measuring import CEILING
from evaluation.results import Results
from evaluation.scores import NAN, Marking, Scores
from evaluation.scoring import CaseResult, Markings, Row, score_case
from evaluation.sources.base import MapSource
from evaluation.truth.anatomy import KnownAnatomy
from evaluation.truth.forms import TruthForms
from evaluation.truth.ground_truth import HumanBenchmark, Masks
from evaluation.truth.human import HUMAN, score_human
from evaluation.tuning.cases import Search, Tuner, weigh_case
from evaluation.tuning.reuse import Reuse, reuse
from evaluation.workers import available_cores, in_order

Progress = Callable[[str, int, int], None]
_NO_PEAK = "a ceiling has no peak"


class Protocol(StrEnum):
    """How maps are marked, after whose evaluation does so; see `choose_markings`."""

    CHEXLOCALIZE = auto()
    MEDICALPATCHNET = auto()
    CUTOFFS = auto()
    FIXED = auto()


_SEARCHES: dict[Protocol, Search] = {
    Protocol.CHEXLOCALIZE: "grid",
    Protocol.MEDICALPATCHNET: "halving",
    Protocol.CUTOFFS: "cutoffs",
}


@dataclass(frozen=True)
class Settings:
    """How the benchmark is run.

    Attributes:
        alignment: how maps lie on radiographs.
        protocol: how they are marked; see `choose_markings`.
        threshold: of the protocol `fixed`.
        bootstrap: resamples for intervals; 0 for none.
        seed: of the resamples.
        unit: what the intervals of summary.csv resample.
        tolerance: of the pointing game, in pixels of the radiograph.
        missing: what it costs a method not to have a map, see `evaluation.missing`.
        ceilings: whether to work out what a perfect map would score.
        floors: whether to score what does not look at the radiograph.
        processes: how many to work with.
    """

    alignment: Alignment = "paper"
    protocol: Protocol = Protocol.CHEXLOCALIZE
    threshold: float = 0.5
    bootstrap: int = 1000
    seed: int = 0
    unit: Unit = "patient"
    tolerance: float = 15.0
    missing: Missing = "miss"
    ceilings: bool = True
    floors: bool = True
    processes: int = field(default_factory=available_cores)


@dataclass(frozen=True)
class Inputs:
    """What is scored against what, and what thresholds are tuned on.

    Attributes:
        sources: the methods.
        truth: their masks.
        tuning: sources of the same names on validation cases; empty where nothing is tuned.
        tuning_truth: the masks of those, and of floors; without `tuning` of floors alone.
        human: the human benchmark.
        polygons: polygons that radiologists drew, by case and finding, where known.
        one_reader: of a dataset of several readers, rows of one against the others.
        anatomy: where lungs and heart are, by case.
    """

    sources: tuple[MapSource, ...]
    truth: Masks
    tuning: tuple[MapSource, ...] = ()
    tuning_truth: Masks = field(default_factory=lambda: Masks({}))
    human: HumanBenchmark | None = None
    polygons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    one_reader: tuple[Row, ...] = ()
    anatomy: KnownAnatomy = field(default_factory=KnownAnatomy)


@dataclass(frozen=True, eq=False)
class Benchmark:
    """What came out.

    Attributes:
        results: of the methods, the floors and the human benchmark.
        ceilings: of the masks, as results of their own; None without.
        markings: how each method marked each finding.
        shapes: features of the masks.
        problems: everything in the input that could not be used.
        digests: by method, case and hash of its files.
        tuner: the validation curves; None where nothing was tuned.
        floors: what the floors were made of; None without.
        lacks: maps that methods lack.
        common: the results on the maps that all methods have; None where that is all there are.
        reuse: how many of the scored cases thresholds were tuned on; None where nothing was tuned.
        whole: the methods whose maps cover the whole radiograph, and people, who mark on it, see `evaluation.skill`.
    """

    results: Results
    ceilings: Results | None
    ceiling_values: tuple[Ceiling, ...]
    markings: Markings
    shapes: tuple[Shape, ...]
    problems: tuple[Problem, ...]
    digests: Mapping[str, Mapping[str, str]]
    tuner: Tuner | None
    floors: FloorRun | None = None
    lacks: tuple[Lack, ...] = ()
    common: Results | None = None
    reuse: Reuse | None = None
    whole: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Tuned:
    """What validation maps said: thresholds, problems, and probabilities by (method, finding, case)."""

    tuner: Tuner | None = None
    problems: tuple[Problem, ...] = ()
    probabilities: Mapping[tuple[str, str, str], float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Outcome:
    result: CaseResult
    floors: tuple[Row, ...]
    ceilings: tuple[Ceiling, ...]
    box_ceilings: tuple[Row, ...]
    shapes: tuple[Shape, ...]


def run_benchmark(inputs: Inputs, settings: Settings, progress: Progress) -> Benchmark:
    """Tune, score every case, and collect what was found.

    Raises:
        InputError: the protocol needs validation maps that are not there, or nothing is left to score.
    """
    problems = [*inputs.truth.problems, *inputs.tuning_truth.problems, *inputs.anatomy.problems]
    problems += [problem for source in (*inputs.sources, *inputs.tuning) for problem in source.problems]
    forms = TruthForms.of(inputs.truth)
    tuned = _tune(inputs, settings, forms.sole, progress)
    markings = choose_markings(inputs, settings, tuned.tuner)
    setup = Setup(inputs.sources, settings.alignment, settings.tolerance)
    fitted = _fit_floors(inputs, settings, progress) if settings.floors else None
    outcomes = _evaluate(setup, markings, inputs, settings, forms, fitted, progress)
    problems += [*tuned.problems, *(problem for outcome in outcomes for problem in outcome.result.problems)]
    problems += _unmatched(inputs)
    rows = [row for outcome in outcomes for row in outcome.result.rows]
    names = [name for source in inputs.sources for name in forms.names(source.name)]
    _check_something_scored(rows, problems)
    methods = [*names]
    floors = _finish_floors(fitted, outcomes, rows, inputs, tuned, forms) if fitted is not None else None
    if floors is not None:
        rows += _in_forms(floors.rows, forms)
        methods += [name for floor in floors.methods for name in forms.names(floor)]
        laid = floors.markings.items()
        markings = {**markings, **{(name, f): one for (floor, f), one in laid for name in forms.names(floor)}}
    if inputs.human is not None:
        human_rows, flagged = score_human(inputs.truth, inputs.human)
        rows, methods = rows + _in_forms(human_rows, forms), [*methods, *forms.names(HUMAN)]
        problems += [*inputs.human.problems, *flagged]
    if inputs.one_reader:
        rows, methods = rows + _in_forms(inputs.one_reader, forms), [*methods, *forms.names(CEILING)]
    ceilings = tuple(ceiling for outcome in outcomes for ceiling in outcome.ceilings)
    lacking, findings, patient_of = lacks(rows), inputs.truth.findings, inputs.truth.patients
    comparators = [name for source in inputs.sources if source.shown_masks for name in forms.names(source.name)]
    ranked = [name for name in names if name not in comparators] or names
    shared = left_out_unless(rows, common(rows, ranked))
    boxed = [row for outcome in outcomes for row in outcome.box_ceilings]
    scored = settled(rows, settings.missing, ranked)
    results = Results.of(scored, methods, findings, patient_of, comparators=comparators)
    return Benchmark(
        results,
        _ceiling_results(ceilings, boxed, inputs.truth, forms, results.cases) if ceilings else None,
        ceilings,
        markings,
        tuple(shape for outcome in outcomes for shape in outcome.shapes),
        tuple(dict.fromkeys(problems)),
        _digests(outcomes),
        tuned.tuner,
        floors,
        tuple(lacking),
        Results.of(shared, methods, findings, patient_of, comparators=comparators)
        if lacking and settings.missing != "common"
        else None,
        reuse(_tuned_on(inputs), inputs.truth.cases, {**inputs.tuning_truth.patients, **patient_of})
        if tuned.tuner is not None
        else None,
        frozenset(name for method in _whole(inputs.sources) for name in forms.names(method)),
    )


def _whole(sources: Iterable[MapSource]) -> list[str]:
    return [HUMAN, CEILING, *(source.name for source in sources if source.covers_radiograph)]


def _tuned_on(inputs: Inputs) -> set[str]:
    """The validation cases that have maps and masks."""
    return {case_id for source in inputs.tuning for case_id in source.files} & set(inputs.tuning_truth.cases)


def choose_markings(inputs: Inputs, settings: Settings, tuner: Tuner | None) -> Markings:
    """How each method marks each finding.

    `chexlocalize`: Otsu, or, with validation maps, the best of the grid. `medicalpatchnet`: the halving search, TP-only
    and TP, FP and FN apart. `cutoffs`: Otsu, and nothing below a tuned probability. `fixed`: one threshold.
    """
    names = [name for source in inputs.sources for name in TruthForms.of(inputs.truth).names(source.name)]
    if tuner is not None:
        return {(name, f): tuner.marking(name, f) for name in names for f in inputs.truth.findings}
    fixed = settings.threshold if settings.protocol == Protocol.FIXED else None
    return {(name, f): Marking(fixed, fixed) for name in names for f in inputs.truth.findings}


def _tune(inputs: Inputs, settings: Settings, sole_form: Form | None, progress: Progress) -> _Tuned:
    if not inputs.tuning and settings.protocol in (Protocol.CHEXLOCALIZE, Protocol.FIXED):
        return _Tuned()
    if settings.protocol == Protocol.FIXED:
        raise InputError("Expected no validation maps for fixed thresholds, found some; leave out --tune-on.")
    missing = {source.name for source in inputs.sources} - {source.name for source in inputs.tuning}
    if missing:
        raise InputError(
            f"Expected validation maps of every method for the protocol {settings.protocol}, found none of "
            f"{', '.join(sorted(missing))}; give --tune-on NAME=DIR for each (of a location prior, what "
            "`evaluation prior` writes with the validation masks as --ground-truth)."
        )
    search = _SEARCHES[settings.protocol]
    setup = Setup(inputs.tuning, settings.alignment)
    known = search != "cutoffs"
    jobs = _jobs(inputs.tuning, inputs.tuning_truth, inputs.truth.findings, sole_form, only_known=known)
    tuner = Tuner(search)
    problems: list[Problem] = []
    probabilities: dict[tuple[str, str, str], float] = {}
    work = in_order(partial(weigh_case, setup, search), jobs, settings.processes)
    for done, (job, found) in enumerate(zip(jobs, work, strict=True), 1):
        tuner.add(found.evidence)
        problems += found.problems
        probabilities |= {(one.method, one.finding, job.case_id): one.probability for one in found.evidence}
        progress("Tuning", done, len(jobs))
    return _Tuned(tuner, tuple(problems), probabilities)


def _fit_floors(inputs: Inputs, settings: Settings, progress: Progress) -> FloorRun:
    pool = inputs.tuning_truth if inputs.tuning_truth.cases else inputs.truth
    floors, masked = fit_floors(
        inputs.truth,
        pool,
        settings.alignment,
        processes=settings.processes,
        progress=lambda done, total: progress("Floors", done, total),
    )
    return FloorRun(floors, masked, pool, tuning=bool(inputs.tuning_truth.cases))


def _finish_floors(
    fitted: FloorRun,
    outcomes: Iterable[_Outcome],
    rows: Sequence[Row],
    inputs: Inputs,
    tuned: _Tuned,
    forms: TruthForms,
) -> FloorRun:
    own = [row for outcome in outcomes for row in outcome.floors]
    models = {source.name: source.model for source in inputs.sources if not source.shown_masks}
    names = {name: source.name for source in inputs.sources for name in forms.names(source.name)}
    known = {(names[row.method], row.finding, row.case): row.probability for row in rows}
    learned = known
    if inputs.tuning_truth.cases:
        found = tuned.probabilities.items()
        learned = {(names[name], finding, case): probability for (name, finding, case), probability in found}
    return fitted.finished(own, models, learned, known)


def _evaluate(
    setup: Setup,
    markings: Markings,
    inputs: Inputs,
    settings: Settings,
    forms: TruthForms,
    fitted: FloorRun | None,
    progress: Progress,
) -> list[_Outcome]:
    jobs = [
        replace(job, anatomy=inputs.anatomy.cases.get(job.case_id, {}))
        for job in _jobs(inputs.sources, inputs.truth, inputs.truth.findings, forms.sole)
    ]
    work = partial(
        _evaluate_case, setup, markings, settings.ceilings, fitted.floors if fitted else None, inputs.polygons
    )
    outcomes = []
    for done, outcome in enumerate(in_order(work, jobs, settings.processes), 1):
        outcomes.append(outcome)
        progress("Scoring", done, len(jobs))
    return outcomes


def _evaluate_case(
    setup: Setup,
    markings: Markings,
    with_ceilings: bool,
    floors: Floors | None,
    polygons: Mapping[str, Mapping[str, int]],
    job: CaseJob,
) -> _Outcome:
    return _Outcome(
        score_case(setup, markings, job),
        tuple(score_floors(floors, setup.tolerance, job)) if floors is not None else (),
        tuple(ceilings_of_case(job)) if with_ceilings else (),
        tuple(box_ceilings_of_case(job)) if with_ceilings else (),
        tuple(shapes_of_case(job, polygons.get(job.case_id, {}))),
    )


def _jobs(
    sources: Iterable[MapSource],
    truth: Masks,
    findings: tuple[str, ...],
    sole_form: Form | None,
    only_known: bool = False,
) -> list[CaseJob]:
    """One job a case, sorted: those of the ground truth, and those that only have maps unless `only_known`."""
    mapped = {case_id for source in sources for case_id in source.files}
    cases = sorted(mapped & set(truth.cases)) if only_known else truth.to_score(mapped)
    forms = TruthForms.of(truth)
    return [
        CaseJob(case_id, truth.cases.get(case_id), findings, forms.of_findings(case_id, findings), sole_form)
        for case_id in cases
    ]


def _unmatched(inputs: Inputs) -> list[Problem]:
    """Cases with masks but without maps of a method, and cases with maps that the ground truth does not know."""
    found = []
    for source in inputs.sources:
        for case_id in sorted(set(inputs.truth.cases) - set(source.files)):
            sentence = f"Expected maps of {case_id} from {source.name}, found none; counted as nothing marked."
            found.append(Problem("case without maps", f"{case_id}, {source.name}", sentence))
    mapped = {case_id for source in inputs.sources for case_id in source.files}
    for case_id in sorted(mapped - set(inputs.truth.cases) - inputs.truth.left_out):
        sentence = f"Expected masks of {case_id} in the ground truth, found no entry; scored as without findings."
        found.append(Problem("case without a mask entry", case_id, sentence))
    return found


def _check_something_scored(rows: Sequence[Row], problems: Sequence[Problem]) -> None:
    methods = {row.method for row in rows}
    defined = (row for row in rows if row.mapped and any(value == value for value in row.scores.values.values()))
    scored = {row.method for row in defined}
    if methods - scored:
        names = ", ".join(sorted(methods - scored))
        first = f"; the first problem: {problems[0].sentence}" if problems else ""
        raise InputError(f"Expected maps and masks of the same cases, found nothing to score for {names}{first}")


def _in_forms(rows: Iterable[Row], forms: TruthForms) -> list[Row]:
    """Rows called by what their truths were marked as."""
    found = []
    for row in rows:
        form = forms.of_truth(row.case, row.finding)
        found.append(replace(row, method=forms.name(row.method, form), form=form))
    return found


def _ceiling_results(
    ceilings: Sequence[Ceiling], boxed: Sequence[Row], truth: Masks, forms: TruthForms, cases: Iterable[str]
) -> Results:
    rows = [
        Row(
            ceiling.method,
            ceiling.finding,
            ceiling.case,
            Scores({"hit": NAN, "iou_tp": ceiling.best, "iou_all": ceiling.best}, {"hit": _NO_PEAK}),
            NAN,
        )
        for ceiling in ceilings
    ]
    names = [ceiling_name(n, alignment) for n in RESOLUTIONS for alignment in ALIGNMENTS]
    methods = [name for ceiling in names for name in forms.names(ceiling)] + [BOX_CEILING] * bool(boxed)
    return Results.of([*_in_forms(rows, forms), *boxed], methods, truth.findings, truth.patients, cases)


def _digests(outcomes: Iterable[_Outcome]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for outcome in outcomes:
        for row_case in {row.case for row in outcome.result.rows}:
            for method, digest in outcome.result.digests.items():
                found.setdefault(method, {})[row_case] = digest
    return found
