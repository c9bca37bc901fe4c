"""From a cache of outputs and a file of masks to the packed curves of a cohort, and what is to be said about them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.archives import unpacked
from data_cache.errors import InputError
from data_cache.geometry import Alignment
from evaluation.cases import Setup
from evaluation.ceilings import RESOLUTIONS
from evaluation.cohort.curves import CohortCurves, Tuned, curves_of_cohort
from evaluation.cohort.files import pack
from evaluation.cohort.given import CohortFiles
from evaluation.cohort.tuning import tune_cohort
from evaluation.floors.cohort import floors_of_cohort
from evaluation.floors.running import Probabilities
from evaluation.inference.intervals import groups_of
from evaluation.scores import METRICS
from evaluation.scoring import Row
from evaluation.sources.outputs import Outputs, find_outputs, model_of, output_names
from evaluation.truth.ground_truth import Masks

MOST_CASES = 65_535  # what the packed numbers of cases can say
TOLERANCE = 15.0  # of the pointing game, in pixels of the radiograph
_TEST_PATIENTS = range(64741, 65241)  # of CheXlocalize; what was published is about these
Progress = Callable[[str, int, int], None]


def make_cohort(files: CohortFiles, alignment: Alignment, processes: int, progress: Progress) -> bytes:
    """Tune, count and pack a cohort.

    Raises:
        InputError: the maps or masks are missing, or no case has both.
    """
    sources, (truth, known) = open_outputs(files.maps, *files.further_maps), files.truth()
    if not any(case in source.files for source in sources for case in truth.cases):
        masks = truth.origin or (files.masks.name if files.masks else "")
        raise InputError(
            f"Expected maps and masks of the same cases, found none in {files.maps.name} that {masks} knows."
        )
    if len(truth.cases) > MOST_CASES:
        raise InputError(
            f"Expected at most {MOST_CASES:,} cases in {truth.origin or files.label}, found {len(truth.cases):,}; "
            "score them by `python -m evaluation benchmark`."
        )
    tuned, learned = _tune(files, known, truth.findings, alignment, processes, progress)
    curves = curves_of_cohort(
        Setup(sources, alignment, TOLERANCE),
        truth,
        tuned,
        ceilings=True,
        processes=processes,
        progress=lambda done, total: progress("Counting", done, total),
    )
    progress("People", 0, 0)
    people = files.people(truth, processes)
    curves = replace(curves, people=_scores_of_people(people, curves))
    progress("Floors", 0, 0)
    names, floors = floors_of_cohort(
        curves,
        truth,
        known,
        alignment,
        {source.name: source.model for source in sources if not source.shown_masks},
        learned,
        processes,
    )
    curves = replace(curves, floors=floors)
    problems = [*truth.problems, *(problem for source in sources for problem in source.problems), *curves.problems]
    return pack(
        replace(curves, problems=tuple(dict.fromkeys(problems))),
        _about(files, alignment, sources, tuned, curves.cases)
        | {"floors": list(names), "people": list(people)}
        | _of_dataset(files, truth, curves.cases),
    )


def open_outputs(*places: Path) -> tuple[Outputs, ...]:
    """Every method and model whose outputs lie in folders or archives, one after the other: of each those of the
    registries in their order, then the others.

    Raises:
        InputError: there is no such place, or it holds no outputs.
    """
    return tuple(source for place in places for source in _opened(place))


def _opened(place: Path) -> tuple[Outputs, ...]:
    folder = unpacked(place) if place.is_file() else place
    names = output_names(folder) if folder.is_dir() else []
    found = [source for name in names if (source := find_outputs(name, folder)) is not None]
    if not found:
        raise InputError(
            f"Expected outputs of explainers run in {place.name}, found none; name the folder OUT that it wrote. Heat "
            'maps of your own join on the page, under "Bring your own".'
        )
    return tuple(found)


def _tune(
    files: CohortFiles,
    known: Masks,
    findings: tuple[str, ...],
    alignment: Alignment,
    processes: int,
    progress: Progress,
) -> tuple[Tuned, Probabilities]:
    if files.tune_maps is None or not known.cases:
        return {}, {}
    return tune_cohort(
        open_outputs(files.tune_maps, *files.further_tune_maps),
        known,
        findings,
        alignment,
        processes=processes,
        progress=lambda done, total: progress("Tuning", done, total),
    )


def _scores_of_people(people: Mapping[str, Sequence[Row]], curves: CohortCurves) -> NDArray[np.float64]:
    scores = np.full((len(people), len(METRICS), len(curves.findings), len(curves.cases)), np.nan)
    place = {case: c for c, case in enumerate(curves.cases)}
    for k, rows in enumerate(people.values()):
        for row in rows:
            if row.case in place:
                values = [row.scores.values[metric] for metric in METRICS]
                scores[k, :, curves.findings.index(row.finding), place[row.case]] = values
    return scores.reshape(-1, *scores.shape[2:])


def _of_dataset(files: CohortFiles, truth: Masks, cases: Sequence[str]) -> dict[str, Any]:
    """What a dataset says besides its marks: patients by case, and what may be true where several people read."""
    choices = files.choices()
    return {
        "patients": groups_of(cases, "patient", truth.patients) if truth.patients else None,
        "truth": list(truth.notes),
        "readers": None if choices is None else {"chosen": files.readers, **asdict(choices)},
    }


def _about(
    files: CohortFiles, alignment: Alignment, sources: Sequence[Outputs], tuned: Tuned, cases: Sequence[str]
) -> dict[str, Any]:
    return {
        "key": files.key,
        "label": files.label,
        "alignment": alignment,
        "fingerprint": files.fingerprint(alignment),
        "tuned": tuned_words(tuned),
        "weights": {source.name: _weights(source) for source in sources},
        "resolutions": list(RESOLUTIONS),
        "tolerance": TOLERANCE,
        "published": is_published_split(cases),
        "phantom": all("phantom" in case.casefold() for case in cases),
    }


def tuned_words(tuned: Tuned) -> dict[str, dict[str, dict[str, float]]]:
    """Tuned thresholds as JSON values, by method and finding."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (method, finding), one in tuned.items():
        found.setdefault(method, {})[finding] = asdict(one)
    return found


def is_published_split(cases: Sequence[str]) -> bool:
    """Whether the cases are CheXlocalize's test split, which the published numbers are about."""
    numbers = [re.fullmatch(r"patient(\d{5})_study\d+_view\d+_(frontal|lateral)", case) for case in cases]
    return bool(cases) and all(found and int(found[1]) in _TEST_PATIENTS for found in numbers)


def _weights(source: Outputs) -> dict[str, Any]:
    """Model, fingerprints and parameters that the files of a method name; more than one when mixed."""
    found: dict[str, set[str]] = {"models": set(), "sha256": set(), "parameters": set()}
    keys = set()
    for case in source.files:
        try:
            metadata = source.metadata(case)
        except InputError:
            continue  # counted among the problems
        keys.add(metadata.get("model_key") or model_of(source.pair))
        found["models"].add(metadata.get("model", ""))
        found["sha256"].add(metadata.get("weights_sha256", ""))
        found["parameters"].add(metadata.get("parameters", "{}"))
    return {"kind": ", ".join(sorted(keys)), **{name: sorted(values) for name, values in found.items()}}
