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
from evaluation.ground_truth import HumanBenchmark, Masks
from evaluation.human import HUMAN, score_human
from evaluation.intervals import Unit
from evaluation.problems import Problem
from evaluation.results import Results
from evaluation.scores import NAN, Marking, Scores
from evaluation.scoring import CaseResult, Markings, Row, score_case
from evaluation.sources.base import MapSource
from evaluation.truth_forms import TruthForms
from evaluation.tuning_cases import Search, Tuner, weigh_case
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
        ceilings: whether to work out what a perfect map would score.
        processes: how many to work with.
    """

    alignment: Alignment = "paper"
    protocol: Protocol = Protocol.CHEXLOCALIZE
    threshold: float = 0.5
    bootstrap: int = 1000
    seed: int = 0
    unit: Unit = "patient"
    tolerance: float = 15.0
    ceilings: bool = True
    processes: int = field(default_factory=available_cores)


@dataclass(frozen=True)
class Inputs:
    """What is scored against what, and what thresholds are tuned on.

    Attributes:
        sources: the methods.
        truth: their masks.
        tuning: sources of the same names on validation cases; empty where nothing is tuned.
        tuning_truth: the masks of those.
        human: the human benchmark.
        polygons: polygons that radiologists drew, by case and finding, where known.
    """

    sources: tuple[MapSource, ...]
    truth: Masks
    tuning: tuple[MapSource, ...] = ()
    tuning_truth: Masks = field(default_factory=lambda: Masks({}))
    human: HumanBenchmark | None = None
    polygons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Benchmark:
    """What came out.

    Attributes:
        results: of the methods and of the human benchmark.
        ceilings: of the masks, as results of their own; None without.
        markings: how each method marked each finding.
        shapes: features of the masks.
        problems: everything in the input that could not be used.
        digests: by method, case and hash of its files.
        tuner: the validation curves; None where nothing was tuned.
    """

    results: Results
    ceilings: Results | None
    ceiling_values: tuple[Ceiling, ...]
    markings: Markings
    shapes: tuple[Shape, ...]
    problems: tuple[Problem, ...]
    digests: Mapping[str, Mapping[str, str]]
    tuner: Tuner | None


@dataclass(frozen=True)
class _Outcome:
    result: CaseResult
    ceilings: tuple[Ceiling, ...]
    box_ceilings: tuple[Row, ...]
    shapes: tuple[Shape, ...]


def run_benchmark(inputs: Inputs, settings: Settings, progress: Progress) -> Benchmark:
    """Tune, score every case, and collect what was found.

    Raises:
        InputError: the protocol needs validation maps that are not there, or nothing is left to score.
    """
    problems = [*inputs.truth.problems, *inputs.tuning_truth.problems]
    problems += [problem for source in (*inputs.sources, *inputs.tuning) for problem in source.problems]
    forms = TruthForms.of(inputs.truth)
    tuner, found = _tune(inputs, settings, forms.present[0], progress)
    markings = choose_markings(inputs, settings, tuner)
    setup = Setup(inputs.sources, settings.alignment, settings.tolerance)
    outcomes = _evaluate(setup, markings, inputs, settings, forms, progress)
    problems += [*found, *(problem for outcome in outcomes for problem in outcome.result.problems)]
    problems += _unmatched(inputs)
    rows = [row for outcome in outcomes for row in outcome.result.rows]
    methods = [name for source in inputs.sources for name in forms.names(source.name)]
    _check_something_scored(rows, problems)
    if inputs.human is not None:
        human_rows, flagged = score_human(inputs.truth, inputs.human)
        rows, methods = rows + _in_forms(human_rows, forms), [*methods, *forms.names(HUMAN)]
        problems += [*inputs.human.problems, *flagged]
    ceilings = tuple(ceiling for outcome in outcomes for ceiling in outcome.ceilings)
    boxed = [row for outcome in outcomes for row in outcome.box_ceilings]
    return Benchmark(
        Results.of(rows, methods, inputs.truth.findings),
        _ceiling_results(ceilings, boxed, inputs.truth.findings, forms) if ceilings else None,
        ceilings,
        markings,
        tuple(shape for outcome in outcomes for shape in outcome.shapes),
        tuple(dict.fromkeys(problems)),
        _digests(outcomes),
        tuner,
    )


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


def _tune(
    inputs: Inputs, settings: Settings, main_form: Form, progress: Progress
) -> tuple[Tuner | None, list[Problem]]:
    if not inputs.tuning and settings.protocol in (Protocol.CHEXLOCALIZE, Protocol.FIXED):
        return None, []
    if settings.protocol == Protocol.FIXED:
        raise InputError("Expected no validation maps for fixed thresholds, found some; leave out --tune-on.")
    missing = {source.name for source in inputs.sources} - {source.name for source in inputs.tuning}
    if missing:
        raise InputError(
            f"Expected validation maps of every method for the protocol {settings.protocol}, found none of "
            f"{', '.join(sorted(missing))}; give --tune-on NAME=DIR for each."
        )
    search = _SEARCHES[settings.protocol]
    setup = Setup(inputs.tuning, settings.alignment)
    known = search != "cutoffs"
    jobs = _jobs(inputs.tuning, inputs.tuning_truth, inputs.truth.findings, main_form, only_known=known)
    tuner = Tuner(search)
    problems: list[Problem] = []
    for done, found in enumerate(in_order(partial(weigh_case, setup, search), jobs, settings.processes), 1):
        tuner.add(found.evidence)
        problems += found.problems
        progress("Tuning", done, len(jobs))
    return tuner, problems


def _evaluate(
    setup: Setup,
    markings: Markings,
    inputs: Inputs,
    settings: Settings,
    forms: TruthForms,
    progress: Progress,
) -> list[_Outcome]:
    jobs = _jobs(inputs.sources, inputs.truth, inputs.truth.findings, forms.present[0])
    work = partial(_evaluate_case, setup, markings, settings.ceilings, inputs.polygons)
    outcomes = []
    for done, outcome in enumerate(in_order(work, jobs, settings.processes), 1):
        outcomes.append(outcome)
        progress("Scoring", done, len(jobs))
    return outcomes


def _evaluate_case(
    setup: Setup,
    markings: Markings,
    with_ceilings: bool,
    polygons: Mapping[str, Mapping[str, int]],
    job: CaseJob,
) -> _Outcome:
    return _Outcome(
        score_case(setup, markings, job),
        tuple(ceilings_of_case(job)) if with_ceilings else (),
        tuple(box_ceilings_of_case(job)) if with_ceilings else (),
        tuple(shapes_of_case(job, polygons.get(job.case_id, {}))),
    )


def _jobs(
    sources: Iterable[MapSource],
    truth: Masks,
    findings: tuple[str, ...],
    main_form: Form,
    only_known: bool = False,
) -> list[CaseJob]:
    """One job a case, sorted: those of the ground truth, and those that only have maps unless `only_known`."""
    mapped = {case_id for source in sources for case_id in source.files}
    cases = mapped & set(truth.cases) if only_known else mapped | set(truth.cases)
    forms = TruthForms.of(truth)
    return [
        CaseJob(case_id, truth.cases.get(case_id), findings, forms.of_findings(case_id, findings), main_form)
        for case_id in sorted(cases)
    ]


def _unmatched(inputs: Inputs) -> list[Problem]:
    """Cases with masks but without maps of a method, and cases with maps that the ground truth does not know."""
    found = []
    for source in inputs.sources:
        for case_id in sorted(set(inputs.truth.cases) - set(source.files)):
            sentence = f"Expected maps of {case_id} from {source.name}, found none; counted as nothing marked."
            found.append(Problem("case without maps", f"{case_id}, {source.name}", sentence))
    mapped = {case_id for source in inputs.sources for case_id in source.files}
    for case_id in sorted(mapped - set(inputs.truth.cases)):
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
    ceilings: Sequence[Ceiling], boxed: Sequence[Row], findings: tuple[str, ...], forms: TruthForms
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
    return Results.of([*_in_forms(rows, forms), *boxed], methods, findings)


def _digests(outcomes: Iterable[_Outcome]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for outcome in outcomes:
        for row_case in {row.case for row in outcome.result.rows}:
            for method, digest in outcome.result.digests.items():
                found.setdefault(method, {})[row_case] = digest
    return found
