"""From the words of the trust command to its folder of results."""

import csv
import json
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

from data_cache.case import Case
from data_cache.chexlocalize import CheXlocalize
from data_cache.demo import bundled_cases
from data_cache.errors import InputError
from data_cache.images import preprocess
from data_cache.store import write_bytes
from evaluation.report.manifest import peak_memory, versions
from evaluation.trust.asking import Cascade
from evaluation.trust.base import Cohort
from evaluation.trust.checks_of_predictions import profile_settings
from evaluation.trust.profile import find_profile
from evaluation.trust.registry import CHECKS
from evaluation.trust.run import Plan, Row, Tally, cohort_checks, run_checks
from evaluation.trust.sanity import cascade
from evaluation.trust.summary import markdown, summarise, verdicts, write_tables
from explainers.registry import EXPLAINERS
from models.architecture import ModelKind
from models.backends.base import BackendName
from models.checkpoints import load_checkpoint
from models.predictor import CnnPredictor, PatchPredictor, load_predictor

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
    weights: Mapping[ModelKind, str],
    backend: BackendName,
    reporting: Reporting,
) -> tuple[list[Row], Tally]:
    """Ask everything, write everything, and say what came out.

    Args:
        plan: what is asked; its models are loaded here.
        cases: the radiographs.
        weights: by kind of model: official, demo, auto or a file.
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
    _write(plan, cases, rows, tally, reporting, started)
    _report(rows, tally, plan.out, len(cases))
    return rows, tally


def say_checks() -> None:
    """Print every check."""
    for check in CHECKS.values():
        typer.echo(f"{check.key}: {check.label}. {check.words}")
        typer.echo(f"  {check.definition}")
        typer.echo(f"  {check.paper}. For {', '.join(check.models)}; {check.cost}.")


def find_cases(source: str, root: Path | None, split: str) -> list[Case]:
    """The cases that a source, root and split name.

    Raises:
        InputError: there are none, or no root where one is needed.
    """
    if source == "demo":
        found = [case for case in bundled_cases() if case.source.endswith(f"-{split}")]
        if not found:
            raise InputError(f"Expected bundled cases of the split {split}, found none; take test.")
        return found
    if root is None:
        raise InputError("Expected the root of the dataset, found none; give --root or set CHEXLOCALIZE_ROOT.")
    return list(CheXlocalize(root).cases(split))


def read_thresholds(path: Path | None) -> Mapping[tuple[str, str], float]:
    """Thresholds by (method, finding) from a benchmark's thresholds.csv; none without a file.

    Raises:
        InputError: the file is no such table.
    """
    if path is None:
        return {}
    try:
        with path.open(newline="") as file:
            lines = [line for line in csv.DictReader(file) if line["threshold_tp"]]
        return {(line["method"], line["finding"]): float(line["threshold_tp"]) for line in lines}
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"Expected method, finding and threshold_tp in {path.name}, found something else; name a benchmark's "
            "thresholds.csv."
        ) from error


def _with_models(plan: Plan, cases: Sequence[Case], weights: Mapping[ModelKind, str], backend: BackendName) -> Plan:
    """Load the models that the methods need, and the profiles beside their weights."""
    kinds = {EXPLAINERS[key].model for key in plan.parameters}
    patchnet = (
        load_predictor(weights["medicalpatchnet"], "medicalpatchnet", backend) if "medicalpatchnet" in kinds else None
    )
    cnn = load_predictor(weights["cnn"], "cnn", backend) if "cnn" in kinds else None
    models = [model for model in (patchnet, cnn) if model is not None]
    profiles = {model.info.kind: find_profile(weights[model.info.kind], model.info) for model in models}
    ready = replace(plan, patchnet=patchnet, cnn=cnn, settings={**plan.settings, **profile_settings(profiles)})
    return replace(ready, cascades=_cascades(ready, cases, weights))


def _cascades(plan: Plan, cases: Sequence[Case], weights: Mapping[ModelKind, str]) -> Callable[[ModelKind], Cascade]:
    def make(kind: ModelKind) -> Cascade:
        model = plan.model(kind)
        _, images = _inputs(cases, model, _SETTLING)
        seed = int(plan.settings.get("seed", 0))
        return list(cascade(load_checkpoint(weights[kind], kind), model.info, images, seed))

    return make


def _inputs(
    cases: Sequence[Case], model: PatchPredictor | CnnPredictor, count: int | None = None
) -> tuple[tuple[Case, ...], np.ndarray]:
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
    for model in (plan.patchnet, plan.cnn) if keys else ():
        if model is None:
            continue
        kind = model.info.kind
        read, images = _inputs(cases, model)
        cohort = Cohort(kind, read, model.logits(images), plan.settings)
        for key in keys:
            answer = CHECKS[key].measure_cohort
            if answer is not None and kind in CHECKS[key].models:
                rows += [Row(key, kind, "", "", one.finding, one) for one in answer(cohort)]
    return rows


def _write(
    plan: Plan, cases: Sequence[Case], rows: Sequence[Row], tally: Tally, reporting: Reporting, started: float
) -> None:
    summaries = summarise(rows, reporting.bootstrap, reporting.seed)
    write_tables(plan.out, rows, summaries, reporting.bootstrap, reporting.seed)
    write_bytes(plan.out / "summary.md", markdown(summaries).encode())
    if reporting.figures:
        from evaluation.trust.figures import write_figures  # slow to import, and not needed without figures

        write_figures(plan.out / "figures", rows, summaries)
    manifest = _manifest(plan, cases, tally, reporting, time.perf_counter() - started)
    write_bytes(plan.out / "manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False).encode())


def _manifest(plan: Plan, cases: Sequence[Case], tally: Tally, reporting: Reporting, seconds: float) -> dict[str, Any]:
    models = [model.info for model in (plan.patchnet, plan.cnn) if model is not None]
    profiles = {kind: profile["weights_sha256"] for kind, profile in plan.settings["profiles"].items()}
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
        "peak_memory_mib": peak_memory(),
    }


def _say(sentence: str) -> None:
    tqdm.write(" ".join(sentence.split()), file=sys.stderr)


def _report(rows: Sequence[Row], tally: Tally, out: Path, count: int) -> None:
    for check, method, verdict in verdicts(rows):
        typer.echo(f"{'passes' if verdict.passed else 'FAILS '}  {CHECKS[check].label}, {method}: {verdict.words}")
    wrong = len(tally.problems)
    typer.echo(f"{count} cases: {tally.computed} entries computed, {tally.kept} kept, {wrong} problems; {out}.")
    if wrong:
        raise InputError(f"{wrong} of {count} radiographs could not be checked; the lines above name them.")
