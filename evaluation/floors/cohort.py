"""Floors of a cohort for the page: scores by floor, metric, finding and case, which no threshold changes."""

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from data_cache.geometry import Alignment
from evaluation.cases import CaseJob
from evaluation.cohort.curves import CohortCurves
from evaluation.floors.fitting import fit_floors
from evaluation.floors.running import FloorRun, Probabilities
from evaluation.floors.scoring import score_floors
from evaluation.scores import METRICS
from evaluation.truth.ground_truth import Masks
from evaluation.workers import in_order


def floors_of_cohort(
    curves: CohortCurves,
    truth: Masks,
    known: Masks,
    alignment: Alignment,
    models: Mapping[str, str],
    learned: Probabilities,
    processes: int = 1,
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Fit and score the floors as `evaluation benchmark` does.

    Args:
        curves: of the cohort: its cases, methods and probabilities.
        truth, known: masks to score, and to learn from; empty where there are none but those that are scored.
        alignment: of the cohort.
        models: of each method, whose probabilities it brings.
        learned: probabilities of the cases to learn from.
        processes: how many to work with.

    Returns:
        The names, and float64 (floors, metrics, findings, cases): hit, IoU of TP only, IoU of TP, FP and FN; NaN where
        undefined.
    """
    floors, masked = fit_floors(truth, known, alignment, processes=processes)
    jobs = [CaseJob(case, truth.cases.get(case), curves.findings) for case in curves.cases]
    found = in_order(partial(score_floors, floors, 0.0), jobs, processes)
    rows = [row for one in found for row in one]
    scored = _scored(curves)
    pool = known if known.cases else truth
    run = FloorRun(floors, masked, pool).finished(rows, models, learned if known.cases else scored, scored)
    place = {case: c for c, case in enumerate(curves.cases)}
    values = np.full((len(run.methods), len(METRICS), len(curves.findings), len(curves.cases)), np.nan)
    for row in run.rows:
        at = run.methods.index(row.method), curves.findings.index(row.finding), place[row.case]
        values[at[0], :, at[1], at[2]] = [row.scores.values[metric] for metric in METRICS]
    return run.methods, values


def _scored(curves: CohortCurves) -> Probabilities:
    return {
        (method, finding, case): float(curves.probability[m, f, c])
        for m, method in enumerate(curves.methods)
        for f, finding in enumerate(curves.findings)
        for c, case in enumerate(curves.cases)
    }
