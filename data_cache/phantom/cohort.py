"""Simulating a cohort into a folder: in parallel, resumable, the marker of completeness last."""

import hashlib
import json
import multiprocessing
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2

from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.locking import alone_in
from data_cache.phantom.film import Shortcut
from data_cache.phantom.layout import case_record, encode_image, image_path, write_json, write_tables
from data_cache.phantom.plan import SPLITS, Planned, plan
from data_cache.phantom.prevalence import prevalence_table
from data_cache.phantom.simulate import VERSION, case_id, simulate_case
from data_cache.simulated_mark import marked
from data_cache.store import clear_unfinished, writable_folder, write_bytes

MARKER = "phantom.json"
_WORK = ".unfinished"
_MOST_BYTES = 1 << 29


@dataclass(frozen=True)
class CohortSettings:
    """What a cohort is made of. `counts`: cases by split; `size`: see `plan.size_rule`; `prevalence`: table by split;
    `suffix`: jpg or png; `train_masks`: write masks for the train split too."""

    seed: int
    counts: Mapping[str, int]
    size: str
    prevalence: Mapping[str, str]
    shortcut: Shortcut | None
    suffix: str
    train_masks: bool

    def to_json(self) -> dict[str, Any]:
        """JSON-ready settings, with the simulator's version."""
        content = asdict(self)
        return json.loads(json.dumps({**content, "counts": dict(self.counts), "version": VERSION}))


@dataclass(frozen=True)
class _Job:
    planned: Planned
    settings: CohortSettings
    root: Path


def _case_file(root: Path, planned: Planned) -> Path:
    return root / _WORK / f"{case_id(planned.patient, planned.study)}.json"


def _write_case(job: _Job) -> None:
    """Simulate one case; its record is written after its image, with the image's hash, and so vouches for it."""
    planned, settings = job.planned, job.settings
    case = simulate_case(
        settings.seed,
        planned.patient,
        planned.study,
        planned.size,
        settings.prevalence[planned.split],
        settings.shortcut,
    )
    path = image_path(job.root, planned.split, planned.patient, planned.study, settings.suffix)
    image = marked(encode_image(case.pixels, settings.suffix))
    write_bytes(path, image)
    with_masks = planned.split != "train" or settings.train_masks
    record = case_record(case, planned.split, with_masks)
    write_json(_case_file(job.root, planned), {"image_sha256": hashlib.sha256(image).hexdigest(), "record": record})


def _is_done(job: _Job) -> bool:
    """Whether a case's record is there and whole, and its image the one that was written with it."""
    planned = job.planned
    path = image_path(job.root, planned.split, planned.patient, planned.study, job.settings.suffix)
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(_case_file(job.root, planned).read_bytes())
        same = found["record"]["id"] == case_id(planned.patient, planned.study)
        return bool(same and found["image_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest())
    return False


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _run(jobs: list[_Job], processes: int) -> Iterator[None]:
    if processes == 1 or len(jobs) < 2:
        yield from map(_write_case, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_one_thread) as pool:
        yield from pool.map(_write_case, jobs, chunksize=max(1, min(16, len(jobs) // (4 * processes))))


def prepare_folder(root: Path, settings: CohortSettings) -> bool:
    """Make the folder ready; True if the cohort is already complete in it.

    Raises:
        InputError: the folder holds something else, or a cohort of other settings, or cannot be written to.
    """
    wanted, marker, begun = settings.to_json(), root / MARKER, root / _WORK / "settings.json"
    for known in (marker, begun):
        if known.is_file():
            if read_marker(known).get("settings") != wanted:
                raise InputError(
                    f"{root.name} holds a phantom cohort of other settings: choose an empty folder for --out."
                )
            return known == marker
    if root.exists() and (not root.is_dir() or any(path.name != _WORK for path in root.iterdir())):
        raise InputError(f"{root.name} is not an empty folder: choose another folder for --out.")
    writable_folder(root)
    write_json(begun, {"settings": wanted})
    return False


def read_marker(path: Path) -> dict[str, Any]:
    """Read the JSON object that says what a folder's cohort is.

    Raises:
        InputError: it is damaged.
    """
    refusal = InputError(
        f"Expected a phantom cohort's settings in {path.name}, found a damaged file; simulate the cohort again, in "
        "another folder."
    )
    with guarded(refusal):
        content = json.loads(read_file(path, "a phantom cohort's settings", _MOST_BYTES))
    if not isinstance(content, dict):
        raise refusal
    return content


def write_cohort(root: Path, settings: CohortSettings, processes: int = 1) -> Iterator[int]:
    """Write a cohort to `root`, yielding the number of finished cases after each; resumes an interrupted run.

    Raises:
        InputError: see `prepare_folder`, `prevalence_table` and `plan`; or another process writes to it.
    """
    for table in settings.prevalence.values():
        prevalence_table(table)
    planned = plan(settings.seed, settings.counts, settings.size)
    if prepare_folder(root, settings):
        yield len(planned)
        return
    with alone_in(root / _WORK, f"Expected {root.name} for this command alone"):
        if (root / MARKER).is_file():  # whoever held the lock has just finished
            shutil.rmtree(root / _WORK)
            yield len(planned)
        else:
            yield from _write_missing(root, settings, planned, processes)


def _write_missing(root: Path, settings: CohortSettings, planned: list[Planned], processes: int) -> Iterator[int]:
    clear_unfinished(root)
    missing = [job for job in (_Job(item, settings, root) for item in planned) if not _is_done(job)]
    done = len(planned) - len(missing)
    yield done
    for _ in _run(missing, processes):
        done += 1
        yield done
    _finish(root, settings, planned)


def _finish(root: Path, settings: CohortSettings, planned: Iterable[Planned]) -> None:
    records = [json.loads(_case_file(root, item).read_bytes())["record"] for item in planned]
    for split in SPLITS:
        mine = [record for record in records if record["split"] == split]
        if mine:
            write_tables(root, split, mine, settings.suffix)
    kept = [{key: value for key, value in record.items() if key not in ("masks", "contours")} for record in records]
    write_json(root / MARKER, {"name": "PHANTOM", "version": VERSION, "settings": settings.to_json(), "cases": kept})
    shutil.rmtree(root / _WORK)
