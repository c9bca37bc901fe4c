"""The cohorts of the Benchmark tab: which there are, and their curves, from the program, from disk or made anew."""

import gzip
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from data_cache.errors import InputError
from data_cache.geometry import Alignment
from data_cache.store import write_bytes
from evaluation.bundled_cohort import bundled_cohorts, bundled_curves
from evaluation.cohort.files import unpack
from evaluation.cohort.making import CohortFiles, make_cohort
from evaluation.inference.intervals import groups_of
from evaluation.truth.ground_truth import Masks, read_masks
from evaluation.workers import available_cores
from models.classification.bootstrap import resample_counts
from ui.settings import Settings

RESAMPLES, SEED = 1000, 0
_KEPT = 6  # packed cohorts in memory, about 1 MB each
Progress = Callable[[str, int, int], None]


class Work:
    """Something that takes a while: how far it is, and what came out."""

    def __init__(self, pool: ThreadPoolExecutor, function: Callable[[Progress], bytes]) -> None:
        self.stage: tuple[str, int, int] = ("Starting", 0, 0)
        self.future: Future[bytes] = pool.submit(function, self._tell)

    def _tell(self, stage: str, done: int, total: int) -> None:
        self.stage = (stage, done, total)


class Cohorts:
    """The cohorts by key. Curves are made once for everybody, one cohort after the other."""

    def __init__(self, settings: Settings) -> None:
        given = given_cohort(settings)
        self._files = {one.key: one for one in (*([given] if given else []), *bundled_cohorts())}
        self._curves: OrderedDict[tuple[str, Alignment], bytes] = OrderedDict()
        self._works: dict[tuple[str, Alignment], Work] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="cohorts")
        self._lock = Lock()
        self.truth = lru_cache(maxsize=2)(self._read_truth)

    def rows(self) -> list[dict[str, Any]]:
        """What the page lists: key, label, and whether there are validation maps."""
        return [
            {"key": key, "label": one.label, "tuned": one.tune_maps is not None} for key, one in self._files.items()
        ]

    def files(self, key: str) -> CohortFiles:
        """Return a cohort.

        Raises:
            InputError: there is none of this key.
        """
        try:
            return self._files[key]
        except KeyError:
            raise InputError("The page asked for a cohort that is not in the list: reload the page.") from None

    def curves(self, key: str, alignment: Alignment) -> bytes | Work:
        """Return the packed curves of a cohort, or the work on them, which begins when it is first asked for.

        Raises:
            InputError: there is no such cohort, or its files are gone.
        """
        files = self.files(key)
        with self._lock:
            found = self._curves.get((key, alignment)) or self._stored(files, alignment)
            if found is not None:
                self._keep((key, alignment), found)
                return found
            work = self._works.get((key, alignment))
            if work is None or (work.future.done() and work.future.exception()):
                work = Work(self._pool, lambda progress: self._make(files, alignment, progress))
                self._works[key, alignment] = work
            return work

    def _stored(self, files: CohortFiles, alignment: Alignment) -> bytes | None:
        """Curves that came with the program or lie on disk, if they are of these very files."""
        fingerprint = files.fingerprint(alignment)
        candidates = [_read(cache_folder() / f"{fingerprint}.curves")]
        if files.key == "phantom-test":
            candidates.insert(0, bundled_curves(alignment))
        for content in candidates:
            with suppress(InputError):
                if content is not None and unpack(content)[1]["fingerprint"] == fingerprint:
                    return content
        return None

    def _make(self, files: CohortFiles, alignment: Alignment, progress: Progress) -> bytes:
        content = make_cohort(files, alignment, available_cores(), progress)
        with suppress(OSError):  # a full or read-only disk costs the next start the same work, nothing else
            write_bytes(cache_folder() / f"{files.fingerprint(alignment)}.curves", content)
        with self._lock:
            self._keep((files.key, alignment), content)
        return content

    def _keep(self, key: tuple[str, Alignment], content: bytes) -> None:
        self._curves[key] = content
        self._curves.move_to_end(key)
        while len(self._curves) > _KEPT:
            self._curves.popitem(last=False)

    def _read_truth(self, key: str) -> Masks:
        return read_masks(self.files(key).masks)


def given_cohort(settings: Settings) -> CohortFiles | None:
    """The cohort that the person who starts the app names.

    The human benchmark's files are taken where they lie beside the masks under CheXlocalize's names.

    Raises:
        InputError: it is not of the form NAME=DIR, its masks are missing, or a file is not there.
    """
    if not settings.cohort:
        return None
    name, _, place = settings.cohort.partition("=")
    if not name or not place or settings.cohort_masks is None:
        raise InputError("Expected --cohort NAME=DIR together with --cohort-masks FILE; give both.")
    if (settings.cohort_tune_on is None) != (settings.cohort_tune_masks is None):
        raise InputError("Expected --cohort-tune-on DIR together with --cohort-tune-masks FILE; give both or neither.")
    masks = settings.cohort_masks
    human, points = (masks.with_name(masks.name.replace("gt_segmentations", new)) for new in _HUMAN)
    maps = Path(place).expanduser()
    for path in (maps, masks, settings.cohort_tune_on, settings.cohort_tune_masks):
        if path is not None and not path.exists():
            raise InputError(f"Expected a file or folder called {path.name} for the cohort, found none.")
    return CohortFiles(
        "given",
        name,
        maps,
        masks,
        settings.cohort_tune_on,
        settings.cohort_tune_masks,
        human if human != masks and human.is_file() else None,
        points if points != masks and points.is_file() else None,
    )


_HUMAN = ("hb_segmentations", "hb_salient_pt")


def cache_folder() -> Path:
    """Where curves are kept between starts: $XDG_CACHE_HOME/medicalpatchnet-explorer, or below ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "medicalpatchnet-explorer"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


@lru_cache(maxsize=4)
def resamples(cases: tuple[str, ...]) -> bytes:
    """How often each case is in each resample of patients: uint8 (RESAMPLES, cases), compressed by gzip.

    The same draws as `evaluation benchmark` makes with the same seed.
    """
    counts = np.concatenate(list(resample_counts(groups_of(cases, "patient"), RESAMPLES, SEED)))
    return gzip.compress(np.ascontiguousarray(counts).astype(np.uint8).tobytes(), 6, mtime=0)
