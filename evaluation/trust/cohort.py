"""From the words of the trust command to its folder of results."""

import csv
import io
import json
import math
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import typer
from tqdm import tqdm

from data_cache.bounded_files import read_file
from data_cache.case import Case
from data_cache.counting import counted
from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.images import preprocess
from data_cache.store import write_bytes
from evaluation.assessment.runs import states_of
from evaluation.report.manifest import peak_of_all, versions
from evaluation.trust.base import Cascade, Cohort, FloatArray
from evaluation.trust.checks_of_predictions import profile_settings
from evaluation.trust.profile import find_profile
from evaluation.trust.registry import CHECKS
from evaluation.trust.run import Plan, Row, Tally, cohort_checks, run_checks
from evaluation.trust.sanity import cascade
from evaluation.trust.summary import markdown, summarise, verdicts, write_tables
from models.backends.base import BackendName
from models.capabilities import Logits, capabilities_of
from models.checkpoints import load_checkpoint
from models.choosing import in_registry_order
from models.predictor import load_predictor

_MOST_BYTES = 1 << 24  # of thresholds: a line a method and finding
_SETTLING = 8  # cases whose images give random networks the statistics of their batch norms


@dataclass(frozen=True)
class Reporting:
    """How a run is summed up: resamples of patients and their seed, whether figures are drawn."""

    bootstrap: int = 1000
    seed: int = 0
    figures: bool = True


def run(
    plan: Plan,
    cases: Sequence[Case],
    weights: Mapping[str, str],
    backend: BackendName,
    reporting: Reporting,
) -> tuple[list[Row], Tally]:
    """Ask everything, write everything, and say what came out.

    Args:
        plan: what is asked; its models are loaded here.
        cases: the radiographs.
        weights: of each model by its key: official, demo, auto, hf://… or a file.
        backend: what computes.
        reporting: how it is summed up.

    Raises:
        InputError: weights are not there, or a radiograph could not be checked (after everything was written).
    """
    started = time.perf_counter()
    plan = _with_models(plan, cases, weights, backend)
    with tqdm(total=len(cases), desc="Checking", unit="case", disable=None) as bar:

        def on_case() -> None:
            bar.update()

        rows, tally = run_checks(cases, plan, _say, on_case)
    rows += _ask_cohort(plan, cases)
    states = states_of(cases, plan.models, weights)
    _write(plan, cases, rows, tally, reporting, started, states)
    _report(rows, tally, plan.out, len(cases))
    return rows, tally


def say_checks() -> None:
    """Print every check."""
    for check in CHECKS.values():
        typer.echo(f"{check.key}: {check.label}. {check.words}")
        typer.echo(f"  {check.definition}")
        typer.echo(f"  {check.paper}. For models with {check.needs.words}; {check.cost}.")


def read_thresholds(path: Path | None) -> Mapping[tuple[str, str], float]:
    """Thresholds by (method, finding) from a benchmark's thresholds.csv; none without a file.

    Raises:
        InputError: the file is no such table.
    """
    if path is None:
        return {}
    refusal = InputError(
        f"Expected method, finding and threshold_tp in {path.name}, found something else; name a benchmark's "
        "thresholds.csv."
    )
    text = read_file(path, "a table of thresholds", _MOST_BYTES)
    with guarded(refusal):
        lines = csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""))
        known = [(line["method"], line["finding"], line["threshold_tp"]) for line in lines if line["threshold_tp"]]
        if not all(method and finding and math.isfinite(float(value)) for method, finding, value in known):
            raise refusal
        return {(method, finding): float(value) for method, finding, value in known}


def _with_models(plan: Plan, cases: Sequence[Case], weights: Mapping[str, str], backend: BackendName) -> Plan:
    """Load the models, and the profiles beside their weights."""
    models = {key: load_predictor(weights[key], key, backend) for key in in_registry_order(weights)}
    profiles = {key: find_profile(weights[key], model.info) for key, model in models.items()}
    ready = replace(plan, models=models, settings={**plan.settings, **profile_settings(profiles)})
    return replace(ready, cascades=_cascades(ready, cases, weights))


def _cascades(plan: Plan, cases: Sequence[Case], weights: Mapping[str, str]) -> Callable[[str], Cascade]:
    def make(key: str) -> Cascade:
        model = plan.model(key)
        _, images = _inputs(cases, model, _SETTLING)
        seed = int(plan.settings.get("seed", 0))
        return list(cascade(load_checkpoint(weights[key], key), model, images, seed))

    return make


def _inputs(cases: Sequence[Case], model: Logits, count: int | None = None) -> tuple[tuple[Case, ...], np.ndarray]:
    """The first cases that can be read, and their images as the model takes them, (n, s, s)."""
    read: list[Case] = []
    images = []
    for case in cases:
        if len(read) == count:
            break
        try:
            images.append(preprocess(case.read(), model.input_size)[0])
            read.append(case)
        except InputError:
            continue
    if not images:
        raise InputError(f"Expected at least one image that can be read, found none in {len(cases)} cases.")
    return tuple(read), np.stack(images)


def _ask_cohort(plan: Plan, cases: Sequence[Case]) -> list[Row]:
    """Answers of the checks that are asked once about all cases, by model."""
    keys = cohort_checks(plan.checks)
    rows: list[Row] = []
    for key, model in plan.models.items() if keys else ():
        read, images = _inputs(cases, model)
        cohort = Cohort(key, read, _finite(model, images), plan.settings)
        for asked in keys:
            answer = CHECKS[asked].measure_cohort
            if answer is not None and CHECKS[asked].needs in capabilities_of(model):
                rows += [Row(asked, key, "", "", one.finding, one) for one in answer(cohort)]
    return rows


def _finite(model: Logits, images: np.ndarray) -> FloatArray:
    """Logits, NaN only where a finding is not predicted."""
    logits = model.logits(images)
    if not np.isfinite(logits[:, model.info.architecture.predicted]).all():
        raise InputError(f"Expected finite logits of {model.info.id}, found NaN or infinity; check the weights.")
    return logits


def _write(
    plan: Plan,
    cases: Sequence[Case],
    rows: Sequence[Row],
    tally: Tally,
    reporting: Reporting,
    started: float,
    states: Mapping[tuple[str, str], str],
) -> None:
    summaries = summarise(rows, reporting.bootstrap, reporting.seed)
    write_tables(plan.out, rows, summaries, reporting.bootstrap, reporting.seed, states)
    write_bytes(plan.out / "summary.md", markdown(summaries).encode())
    if reporting.figures:
        from evaluation.trust.sheets import write_sheets  # slow to import, and not needed without figures

        write_sheets(plan.out / "figures", rows, summaries)
    manifest = _manifest(plan, cases, tally, reporting, time.perf_counter() - started)
    write_bytes(plan.out / "manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False).encode())


def _manifest(plan: Plan, cases: Sequence[Case], tally: Tally, reporting: Reporting, seconds: float) -> dict[str, Any]:
    models = [model.info for model in plan.models.values()]
    profiles = {key: profile["weights_sha256"] for key, profile in plan.settings["profiles"].items()}
    thresholds = {f"{method}, {finding}": value for (method, finding), value in plan.settings["thresholds"].items()}
    return {
        "cases": [case.id for case in cases],
        "sources": sorted({case.source for case in cases}),
        "checks": list(plan.checks),
        "methods": {method: parameters.model_dump(mode="json") for method, parameters in plan.parameters.items()},
        "findings": plan.findings,
        "settings": {**plan.settings, "thresholds": thresholds, "profiles": profiles, "bootstrap": reporting.bootstrap},
        "models": [
            {"id": info.id, "weights_sha256": info.weights_sha256, "backend": info.backend, "precision": info.precision}
            for info in models
        ],
        "entries": {"computed": tally.computed, "kept": tally.kept},
        "problems": tally.problems,
        "versions": {"python": platform.python_version(), **versions()},
        "seconds": round(seconds, 2),
        "peak_of_all_mib": peak_of_all(),
    }


def _say(sentence: str) -> None:
    tqdm.write(" ".join(sentence.split()), file=sys.stderr)


def _report(rows: Sequence[Row], tally: Tally, out: Path, count: int) -> None:
    for check, method, verdict in verdicts(rows):
        typer.echo(f"{'passes' if verdict.passed else 'FAILS '}  {CHECKS[check].label}, {method}: {verdict.words}")
    wrong = len(tally.problems)
    computed = counted(tally.computed, "entry computed", "entries computed")
    typer.echo(f"{counted(count, 'case')}: {computed}, {tally.kept} kept, {counted(wrong, 'problem')}; {out}.")
    if wrong:
        raise InputError(f"{wrong} of {count} radiographs could not be checked; the lines above name them.")
