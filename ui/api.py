"""Endpoints for programs: `explain` and its kin, `benchmark`, `cases`; the README shows how they are called.

They wait in the same line for the models as the visitors of the page, keep nothing of what they are sent, and say what
is wrong in one sentence.
"""

import csv
import io
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr
import numpy as np

from data_cache.archives import unpacked
from data_cache.case import Case
from data_cache.demo import DEMO_ROOT
from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.base import Parameters
from explainers.explanation import Explanation
from explainers.outputs import SUFFIX, name_of_file
from explainers.pairs import pair_of_name, parse_pair
from explainers.registry import EXPLAINERS
from explainers.run import explain_all
from explainers.types import Cancelled
from ui.api_types import Assessment, Cohort, ListedCase, Maps, OneOfMany, Report, Score, SentFile, ShiftSteps, Speaker
from ui.catalogue import Catalogue
from ui.children import run_beside
from ui.content import assessment_content, probabilities, speaker_content
from ui.engine import Engine, Models
from ui.given_up import watched_call
from ui.memory import Budget
from ui.naming import upload_name
from ui.panes import quick_names
from ui.prices import asks_first, refuse_beyond
from ui.progress import QUICK_STEPS
from ui.queueing import ModelQueue
from ui.said import say_wrong
from ui.session import OpenCase
from ui.settings import Settings
from ui.shelf import Shelf
from ui.temporary import work_folder
from ui.tools import add_tools
from ui.uploads import Upload
from ui.visitors import current_client

COHORTS: dict[str, str] = {"phantom-val": "val", "phantom-test": "test"}
_AT_ONCE = 16  # radiographs in one call
_REPOSITORY = Path(__file__).parents[1]
_LONGEST = 600  # seconds that somebody else's benchmark may take
Lines = tuple[ModelQueue, ModelQueue]
_P = ParamSpec("_P")
_R = TypeVar("_R")


def add_api(
    page: gr.Blocks, catalogue: Catalogue, engine: Engine, settings: Settings, lines: Lines, memory: Budget
) -> None:
    """Add the endpoints to the page that is being built, and where wanted the tools for language models.

    `lines` are where first looks wait for the models, and where what takes long does.
    """

    def cases() -> list[ListedCase]:
        """List the cases that the page offers: id, source, findings labelled present."""
        return [_case_row(row) for row in catalogue.rows()]

    explaining = _explaining(page, catalogue, engine, _Asking(engine, lines, settings.passes), memory)
    for name, function in explaining.items():
        gr.api(function, api_name=name, concurrency_id="models", concurrency_limit=None)
    benchmark = _benchmark_of(page)
    gr.api(benchmark, api_name="benchmark", concurrency_id="benchmark", concurrency_limit=1)
    gr.api(cases, api_name="cases", concurrency_limit=4)
    if settings.mcp:
        add_tools(explaining["explain_case"], benchmark, cases)


def _explaining(
    page: gr.Blocks, catalogue: Catalogue, engine: Engine, asking: "_Asking", memory: Budget
) -> dict[str, Callable[..., Any]]:
    """The endpoints that ask models, by name; `page` is where their images are uploaded."""
    shelf = Shelf(page.GRADIO_CACHE)

    def answer(
        reading: OpenCase, wanted: tuple[str, ...], steps: int, maps: str
    ) -> tuple[Report, dict[str, Any] | None]:
        report, explanations = asking.explained(reading, wanted, steps)
        if maps == "json":
            report["maps"] = {name: _as_lists(explanation) for name, explanation in explanations.items()}
        return report, _archive(explanations, shelf) if maps == "npz" else None

    @_one_sentence
    def explain(
        image: SentFile, methods: list[str] | None = None, shift_steps: ShiftSteps = 1, maps: Maps = "npz"
    ) -> tuple[Report, dict[str, Any] | None]:
        """Explain one radiograph: probabilities of the 14 findings, and the maps of METHODs or METHOD@MODELs."""
        with _sent(page, image) as upload:
            wanted = _asked(engine, methods, shift_steps, maps)
            return answer(_read(upload, engine, memory), wanted, shift_steps, maps)

    @_one_sentence
    def explain_case(
        case: str, methods: list[str] | None = None, shift_steps: ShiftSteps = 1, maps: Maps = "npz"
    ) -> tuple[Report, dict[str, Any] | None]:
        """Explain a case by its id, out of those that `cases` lists; the rest is as `explain` has it."""
        wanted = _asked(engine, methods, shift_steps, maps)
        return answer(_listed(catalogue, case), wanted, shift_steps, maps)

    @_one_sentence
    def explain_many(
        images: list[SentFile] | None = None,
        methods: list[str] | None = None,
        shift_steps: ShiftSteps = 1,
        maps: Maps = "npz",
        cases: list[str] | None = None,
    ) -> list[OneOfMany]:
        """Explain several radiographs and listed cases, one after the other; one that fails says why by itself."""
        try:
            wanted = _asked(engine, methods, shift_steps, maps)
            _check_count(images, cases)
            sent = list(enumerate(images or (), 1))
            readings = [(_name_of(one, i), partial(_read_sent, page, one, engine, memory, i)) for i, one in sent]
            readings += [(str(case), partial(_listed, catalogue, case)) for case in cases or ()]
            answered = partial(answer, wanted=wanted, steps=shift_steps, maps=maps)
            return [_one_of_many(name, read, answered) for name, read in readings]
        finally:
            for image in images if isinstance(images, list) else ():
                _drop(page, image)

    return {"explain": explain, "explain_case": explain_case, "explain_many": explain_many}


def _benchmark_of(page: gr.Blocks) -> Callable[..., list[Score]]:
    """The endpoint that scores; `page` is where its archives are uploaded."""

    @_one_sentence
    def benchmark(
        cohort: Cohort = "phantom-test", archive: SentFile | None = None, threshold: float = 0.5
    ) -> list[Score]:
        """Score the bundled outputs of a cohort, or one's own maps of its cases, against the cohort's masks."""
        _check(isinstance(cohort, str) and cohort in COHORTS, f"cohort one of {', '.join(COHORTS)}", cohort)
        number = isinstance(threshold, int | float)
        _check(number and 0 <= threshold <= 1, "threshold between 0 and 1", threshold)
        if archive is None:
            return _bundled(cohort, float(threshold))
        data = _sent(page, archive).take()
        with work_folder("maps-") as folder:
            place = Path(folder) / "maps.zip"
            place.write_bytes(data)
            return _benchmark(cohort, {"own": place}, float(threshold))

    return benchmark


def _asked(engine: Engine, methods: Any, steps: Any, maps: Any) -> tuple[str, ...]:
    """The names of the maps that are wanted, once all that was asked for has been checked."""
    _check(steps in QUICK_STEPS, f"shift_steps one of {', '.join(map(str, QUICK_STEPS))}", steps)
    _check(maps in ("npz", "json", "none"), "maps one of npz, json, none", maps)
    return _names(methods, engine)


def _check_count(images: Any, cases: Any) -> None:
    for values in (images, cases):
        _check(values is None or isinstance(values, list), "lists of images and of cases", values)
    count = len(images or ()) + len(cases or ())
    _check(0 < count <= _AT_ONCE, f"1 to {_AT_ONCE} images and cases", count)


def _one_sentence(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Turn input errors, and calls that were given up, into what clients raise, without a trace in the log."""

    @wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return function(*args, **kwargs)
        except InputError as error:
            say_wrong()
            raise gr.Error(" ".join(str(error).split()), print_exception=False) from None
        except Cancelled:
            raise gr.Error("Nobody waits for the answer any more.", print_exception=False) from None

    return guarded


def _check(right: bool, expected: str, found: object) -> None:
    if not right:
        raise InputError(f"Expected {expected}, found {found!r}.")


def _sent(page: gr.Blocks, file: Any, number: int | None = None) -> Upload:
    """An uploaded file; its place among several, from 1 on, is part of its name."""
    if not isinstance(file, dict) or not isinstance(file.get("path"), str):
        raise InputError("Expected an uploaded file (gradio_client.handle_file), found none.")
    if re.match(r"[a-z][a-z0-9+.-]*:", file["path"], re.IGNORECASE):
        raise InputError(
            "Expected an uploaded file (gradio_client.handle_file of a file), found an address: download it."
        )
    return Upload(file["path"], _name_of(file, number), page.upload_file_set)


def _name_of(file: Any, number: int | None = None) -> str:
    """What answers call a file: what its owner calls it may name a patient."""
    return upload_name(str(file.get("orig_name") or file.get("path")) if isinstance(file, dict) else "", number)


def _read_sent(page: gr.Blocks, image: Any, engine: Engine, memory: Budget, number: int) -> OpenCase:
    with _sent(page, image, number) as upload:
        return _read(upload, engine, memory)


def _read(upload: Upload, engine: Engine, memory: Budget) -> OpenCase:
    """Read an upload within the budget of memory, and let go of the image at its full size."""
    with upload.share(memory) as share:
        share.wait()
        reading = OpenCase.of(Case.from_upload(upload.take(), upload.name), "api")
        reading.prepare(engine.models())
    return reading


def _drop(page: gr.Blocks, image: Any) -> None:
    """Delete an upload that nobody has taken."""
    with suppress(InputError):
        _sent(page, image).drop()


def _one_of_many(
    name: str, read: Callable[[], OpenCase], answer: Callable[[OpenCase], tuple[Report, dict[str, Any] | None]]
) -> OneOfMany:
    try:
        report, file = answer(read())
    except InputError as error:
        return {"name": name, "report": None, "maps": None, "error": " ".join(str(error).split())}
    return {"name": name, "report": report, "maps": file, "error": ""}


def _listed(catalogue: Catalogue, case: Any) -> OpenCase:
    try:
        return OpenCase.of(catalogue.get(str(case)), "api")
    except InputError:
        raise InputError(f"Expected the id of a case that /cases lists, found {str(case)[:200]!r}.") from None


def _case_row(row: dict[str, Any]) -> ListedCase:
    return {"id": row["id"], "source": row["source"], "phantom": row["phantom"], "positives": row["positives"]}


def _names(wanted: Sequence[str] | None, engine: Engine) -> tuple[str, ...]:
    if wanted is None:
        return quick_names(engine.keys)
    if not isinstance(wanted, list) or not wanted:
        raise InputError(f"Expected a list of methods among {', '.join(EXPLAINERS)}, found {wanted!r}.")
    pairs = [parse_pair(str(text)) for text in wanted]
    for pair in pairs:
        _check(pair.model in engine.keys, f"a model among {', '.join(engine.keys)} for {pair.method}", pair.model)
    return tuple(dict.fromkeys(pair.name for pair in pairs))


@dataclass(frozen=True)
class _Asking:
    """Where the endpoints wait for the models, and how many passes a map may take."""

    engine: Engine
    lines: Lines
    passes: int

    def explained(self, reading: OpenCase, names: tuple[str, ...], steps: int) -> tuple[Report, dict[str, Explanation]]:
        """Explain one case, in the line of what takes long where it does.

        Raises:
            InputError: a map takes more passes than this host makes, or does not fit its model.
            Cancelled: nobody waits for the answer any more.
        """
        given_up = watched_call()
        runs = reading.prepare(self.engine.models())
        parameters = {name: _parameters(name, steps) for name in names}
        for name, values in parameters.items():
            refuse_beyond(name, values, reading.model(parse_pair(name).model), self.passes, "ask for other methods")
        long = any(asks_first(name, values, reading) for name, values in parameters.items())
        with self.lines[long].join(current_client().visitor) as ticket:
            while not ticket.enter(1.0):
                if given_up():
                    raise Cancelled
            found = explain_all(runs, names, parameters, cancelled=given_up)
        if given_up():
            raise Cancelled
        models = self.engine.models()
        reading.assess(models, self.engine.profiles())
        return _report(reading, models, found), found


def _parameters(name: str, steps: int) -> Parameters:
    entry = parse_pair(name).entry
    return entry.parse({entry.refines: steps} if entry.refines else None)


def _report(reading: OpenCase, models: Models, found: dict[str, Explanation]) -> Report:
    said = {explanation.model: explanation.logits for explanation in found.values()}
    return {
        "assessments": {key: cast(Assessment, assessment_content(reading.assessments[key])) for key in said},
        "probabilities": {key: dict(zip(FINDINGS, probabilities(logits), strict=True)) for key, logits in said.items()},
        "models": [cast(Speaker, speaker_content(models[key])) for key in models if key in said],
        "findings": list(FINDINGS),
        "parameters": {name: dict(explanation.parameters) for name, explanation in found.items()},
        "warnings": list(reading.view.facts["warnings"]),
        "maps": None,
    }


def _as_lists(explanation: Explanation) -> list[Any]:
    """The shown maps (14, h, w) as lists; None in place of the map of a finding that the model does not predict."""
    return [None if np.isnan(one).all() else one.tolist() for one in explanation.shown]


def _archive(explanations: dict[str, Explanation], shelf: Shelf) -> dict[str, Any]:
    """One .npz file with an array (14, h, w) for each name, where only this caller finds it."""
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {name: explanation.maps for name, explanation in explanations.items()}
    np.savez_compressed(buffer, **arrays)
    return shelf.lay_out(buffer.getvalue(), "maps.npz")


@lru_cache(maxsize=16)
def _bundled(cohort: str, threshold: float) -> list[Score]:
    outputs = DEMO_ROOT / f"outputs-{COHORTS[cohort]}.zip"
    case = next(folder for folder in sorted(unpacked(outputs).iterdir()) if folder.is_dir())
    known = {name for path in case.glob(f"*{SUFFIX}") if pair_of_name(name := name_of_file(path)) is not None}
    order = [*(key for key in EXPLAINERS if key in known), *sorted(known - set(EXPLAINERS))]
    return _benchmark(cohort, dict.fromkeys(order, outputs), threshold)


def _benchmark(cohort: str, maps: dict[str, Path], threshold: float) -> list[Score]:
    """Run `python -m evaluation benchmark` beside the app, whose memory it leaves alone; returns its summary.

    Raises:
        InputError: the command refuses the maps, or takes too long.
    """
    masks = DEMO_ROOT / f"outputs-{COHORTS[cohort]}-masks.json"
    with work_folder("benchmark-") as out:
        command = [sys.executable, "-m", "evaluation", "benchmark", "--ground-truth", str(masks), "--out", out]
        command += [part for name, place in maps.items() for part in ("--maps", f"{name}={place}")]
        command += ["--protocol", "fixed", "--threshold", str(threshold), "--processes", "1"]
        command += ["--no-figures", "--no-ceilings"]
        try:
            code, stderr = run_beside(command, _REPOSITORY, _LONGEST, TMPDIR=out)
        except subprocess.TimeoutExpired:
            raise InputError(f"Expected maps that are scored within {_LONGEST} s, found more: send fewer.") from None
        if code:
            said = stderr.strip().splitlines() or ["the benchmark did not finish."]
            raise InputError(said[-1].removeprefix("Error: "))
        with (Path(out) / "summary.csv").open(newline="") as file:
            return [_numbers(row) for row in csv.DictReader(file)]


def _numbers(row: dict[str, str]) -> Score:
    """A row with numbers as numbers, and None where something is undefined."""
    words = ("method", "finding", "form")
    found = {key: value or None if key in words else float(value) if value else None for key, value in row.items()}
    return cast(Score, found)
