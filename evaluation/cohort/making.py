"""From a cache of outputs and a file of masks to the packed curves of a cohort, and what is to be said about them."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.archives import unpacked
from data_cache.errors import InputError
from data_cache.findings import LOCALIZED_FINDINGS
from data_cache.geometry import Alignment
from evaluation.cases import Setup
from evaluation.ceilings import RESOLUTIONS
from evaluation.cohort.curves import CohortCurves, Tuned, curves_of_cohort
from evaluation.cohort.files import pack
from evaluation.cohort.tuning import tune_cohort
from evaluation.floors.cohort import floors_of_cohort
from evaluation.floors.running import Probabilities
from evaluation.scores import METRICS
from evaluation.sources.outputs import Outputs, find_outputs, model_of, output_names
from evaluation.truth.ground_truth import HumanBenchmark, Masks, read_human_benchmark, read_masks
from evaluation.truth.human import score_human

FORMAT = 2  # of what is kept; another number has everything made again
TOLERANCE = 15.0  # of the pointing game, in pixels of the radiograph
_TEST_PATIENTS = range(64741, 65241)  # of CheXlocalize; what was published is about these
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class CohortFiles:
    """What a cohort is made of.

    Attributes:
        key: short name, unique in the app; label: what the page calls it.
        maps: outputs of `explainers run`, a folder or a ZIP archive of one.
        masks: gt_segmentations_*.json.
        tune_maps, tune_masks: the same of the cases that thresholds are tuned on; None without.
        human_masks, human_points: the human benchmark; None without.
    """

    key: str
    label: str
    maps: Path
    masks: Path
    tune_maps: Path | None = None
    tune_masks: Path | None = None
    human_masks: Path | None = None
    human_points: Path | None = None

    def fingerprint(self, alignment: Alignment) -> str:
        """Hash of everything the curves depend on: contents of files, names, sizes and times of a folder's files."""
        digest = hashlib.sha256(f"{FORMAT} {alignment}".encode())
        for name, path in asdict(self).items():
            if isinstance(path, Path):
                digest.update(f"{name}\n{_fingerprint(path)}\n".encode())
        return digest.hexdigest()


def _fingerprint(path: Path) -> str:
    if path.is_dir():
        files = sorted(file for file in path.glob("*/*") if file.is_file())
        listing = [[file.relative_to(path).as_posix(), (s := file.stat()).st_size, s.st_mtime_ns] for file in files]
        return hashlib.sha256(json.dumps(listing).encode()).hexdigest()
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise InputError(f"Expected a file or folder called {path.name}, found none; check the path.") from None


def make_cohort(files: CohortFiles, alignment: Alignment, processes: int, progress: Progress) -> bytes:
    """Tune, count and pack a cohort.

    Raises:
        InputError: the maps or masks are missing, or no case has both.
    """
    sources, truth = open_outputs(files.maps), read_masks(files.masks)
    if not any(case in source.files for source in sources for case in truth.cases):
        raise InputError(
            f"Expected maps and masks of the same cases, found none in {files.maps.name} that {files.masks.name} knows."
        )
    tuning, known = _tuning(files)
    tuned, learned = _tune(tuning, known, alignment, processes, progress)
    curves = curves_of_cohort(
        Setup(sources, alignment, TOLERANCE),
        truth,
        tuned,
        ceilings=True,
        processes=processes,
        progress=lambda done, total: progress("Counting", done, total),
    )
    human = read_human_benchmark(files.human_masks, files.human_points) if files.human_masks else None
    if human is not None:
        curves = replace(curves, human=_human_scores(truth, human, curves))
    progress("Floors", 0, 0)
    names, floors = floors_of_cohort(
        curves, truth, known, alignment, {source.name: source.model for source in sources}, learned, processes
    )
    curves = replace(curves, floors=floors)
    problems = [*truth.problems, *(problem for source in sources for problem in source.problems), *curves.problems]
    return pack(
        replace(curves, problems=tuple(dict.fromkeys(problems))),
        _about(files, alignment, sources, tuned, curves.cases) | {"floors": list(names)},
    )


def open_outputs(place: Path) -> tuple[Outputs, ...]:
    """Every method and model whose outputs lie in a folder or archive: those of the registries in their order, then
    the others.

    Raises:
        InputError: there is no such place, or it holds no outputs.
    """
    folder = unpacked(place) if place.is_file() else place
    names = output_names(folder) if folder.is_dir() else []
    found = [source for name in names if (source := find_outputs(name, folder)) is not None]
    if not found:
        raise InputError(f"Expected outputs of explainers run in {place.name}, found none; name the folder OUT.")
    return tuple(found)


def _tuning(files: CohortFiles) -> tuple[tuple[Outputs, ...], Masks]:
    """Validation maps and their masks; empty without."""
    if files.tune_maps is None or files.tune_masks is None:
        return (), Masks({})
    return open_outputs(files.tune_maps), read_masks(files.tune_masks)


def _tune(
    sources: tuple[Outputs, ...],
    truth: Masks,
    alignment: Alignment,
    processes: int,
    progress: Progress,
) -> tuple[Tuned, Probabilities]:
    if not sources:
        return {}, {}
    return tune_cohort(
        sources,
        truth,
        alignment,
        processes=processes,
        progress=lambda done, total: progress("Tuning", done, total),
    )


def _human_scores(truth: Masks, human: HumanBenchmark, curves: CohortCurves) -> NDArray[np.float64]:
    scores = np.full((len(METRICS), len(LOCALIZED_FINDINGS), len(curves.cases)), np.nan)
    place = {case: c for c, case in enumerate(curves.cases)}
    for row in score_human(truth, human)[0]:
        if row.case in place:
            values = [row.scores.values[metric] for metric in METRICS]
            scores[:, LOCALIZED_FINDINGS.index(row.finding), place[row.case]] = values
    return scores


def _about(
    files: CohortFiles, alignment: Alignment, sources: Sequence[Outputs], tuned: Tuned, cases: Sequence[str]
) -> dict[str, Any]:
    return {
        "key": files.key,
        "label": files.label,
        "alignment": alignment,
        "fingerprint": files.fingerprint(alignment),
        "findings": list(LOCALIZED_FINDINGS),
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
