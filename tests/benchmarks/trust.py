"""Trust checks: how long a cohort takes, above all deletion and insertion (64 steps) for five methods."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from data_cache.demo import bundled_cases
from evaluation.trust.run import Plan, run_checks
from explainers.pairs import default_model
from explainers.registry import EXPLAINERS
from models.predictor import load_predictor

COHORT = 200
ALLOWED = 15 * 60  # seconds for deletion and insertion of the cohort, on two cores
CHECKS = ("perturbation", "attended", "exactness", "stability", "shortcut", "localization")
CASES = 20


def run(report: Callable[[str], object]) -> None:
    parameters = {method: entry.parse(None) for method, entry in EXPLAINERS.items() if entry.standard}
    models = {key: load_predictor("demo", key) for key in dict.fromkeys(map(default_model, parameters))}
    cases = [case for case in bundled_cases() if set(case.positives) - {"No Finding"}][:CASES]
    computers = ", ".join(sorted({model.info.backend for model in models.values()}))
    report(
        f"{len(cases)} bundled phantoms, {', '.join(parameters)}, demo models; {computers}; "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    for check in CHECKS:
        with tempfile.TemporaryDirectory() as folder:
            plan = Plan(Path(folder), (check,), parameters, models, settings={"steps": 64, "thresholds": {}})
            times: list[float] = []
            last = time.perf_counter()

            def on_case(times: list[float] = times) -> None:
                nonlocal last
                now = time.perf_counter()
                times.append(now - last)
                last = now

            run_checks(cases, plan, report, on_case)
        total = sum(times)
        report(
            f" {check}: {len(times) / total:.2f} cases/s; {COHORT} cases in {COHORT * total / len(times) / 60:.1f} min"
            + (f" (allowed: {ALLOWED / 60:.0f})" if check == "perturbation" else "")
        )
        report(f"  s a case: {' '.join(f'{seconds:.2f}' for seconds in times)}")
