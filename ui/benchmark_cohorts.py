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
from evaluation.cohort.given import CohortFiles
from evaluation.cohort.making import make_cohort
from evaluation.readers.truth import MARKED
from evaluation.truth.ground_truth import Masks
from evaluation.workers import available_cores
from models.classification.bootstrap import resample_counts
from ui.benchmark_given import given_cohort
from ui.settings import Settings

RESAMPLES, SEED = 1000, 0
_KEPT = 6  # packed cohorts in memory, 1 to 3 MB each
Progress = Callable[[str, int, int], None]


class Work:
    """Something that takes a while: how far it is, and what came out."""

    def __init__(self, pool: ThreadPoolExecutor, function: Callable[[Progress], bytes]) -> None:
        self.stage: tuple[str, int, int] = ("Starting", 0, 0)
        self.future: Future[bytes] = pool.submit(function, self._tell)

    def _tell(self, stage: str, done: int, total: int) -> None:
        self.stage = (stage, done, total)


Shown = tuple[str, Alignment, str]  # key of the cohort, alignment, what is true where several people read


class Cohorts:
    """The cohorts by key. Curves are made once for everybody, one cohort after the other."""

    def __init__(self, settings: Settings) -> None:
        given = given_cohort(settings)
        self._files = {one.key: one for one in (*([given] if given else []), *bundled_cohorts())}
        self._curves: OrderedDict[Shown, bytes] = OrderedDict()
        self._works: dict[Shown, Work] = {}
        self._readers: dict[str, frozenset[str]] = {}  # that may be chosen, by cohort; known when it was made once
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="cohorts")
        self._lock = Lock()
        self.truth = lru_cache(maxsize=2)(self._read_truth)

    def rows(self) -> list[dict[str, Any]]:
        """What the page lists: key, label, and whether there are validation maps."""
        return [
            {"key": key, "label": one.label, "tuned": one.tune_maps is not None} for key, one in self._files.items()
        ]

    def files(self, key: str, readers: str = MARKED) -> CohortFiles:
        """Return a cohort.

        Raises:
            InputError: there is none of this key, or nobody of this name read it.
        """
        if key not in self._files:
            raise InputError("The page asked for a cohort that is not in the list: reload the page.")
        if readers not in self._readers.get(key, frozenset()) | {MARKED}:
            raise InputError("The page asked for readers that the cohort does not have: reload the page.")
        return self._files[key].read_as(readers)

    def is_ready(self, key: str, alignment: Alignment) -> bool:
        """Whether a cohort's curves are there without any work.

        Raises:
            InputError: there is no such cohort.
        """
        with self._lock:
            return (key, alignment, MARKED) in self._curves or self._stored(self.files(key), alignment) is not None

    def curves(self, key: str, alignment: Alignment, readers: str = MARKED) -> bytes | Work:
        """Return the packed curves of a cohort, or the work on them, which begins when it is first asked for.

        Raises:
            InputError: there is no such cohort or reader, or its files are gone.
        """
        shown = key, alignment, readers
        with self._lock:
            files = self.files(key, readers)
            found = self._curves.get(shown) or self._stored(files, alignment)
            if found is not None:
                self._keep(shown, found)
                return found
            work = self._works.get(shown)
            if work is None or (work.future.done() and work.future.exception()):
                work = Work(self._pool, lambda progress: self._make(files, alignment, progress))
                self._works[shown] = work
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
            self._keep((files.key, alignment, files.readers), content)
        return content

    def _keep(self, shown: Shown, content: bytes) -> None:
        if shown[0] not in self._readers:
            choices = unpack(content)[1]["readers"] or {"ways": (), "names": ()}
            self._readers[shown[0]] = frozenset((*choices["ways"], *(name for name, _ in choices["names"])))
        self._curves[shown] = content
        self._curves.move_to_end(shown)
        while len(self._curves) > _KEPT:
            self._curves.popitem(last=False)

    def _read_truth(self, key: str, readers: str = MARKED) -> Masks:
        return self.files(key, readers).truth()[0]


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
def resamples(patients: tuple[str, ...]) -> bytes:
    """How often each case is in each resample of patients: uint8 (RESAMPLES, cases), compressed by gzip.

    The same draws as `evaluation benchmark` makes with the same seed.

    Args:
        patients: of each case, see `evaluation.inference.intervals.groups_of`.
    """
    counts = np.concatenate(list(resample_counts(patients, RESAMPLES, SEED)))
    return gzip.compress(np.ascontiguousarray(counts).astype(np.uint8).tobytes(), 6, mtime=0)
