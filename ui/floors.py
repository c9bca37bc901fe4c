"""The location prior as a pane: where a finding was drawn in other radiographs, whatever is seen in this one.

It is no method of a model but a floor: a map that does not beat it has not shown where this radiograph's finding is.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_cache.case import Case
from data_cache.counting import counted
from data_cache.demo import DEMO_ROOT
from data_cache.findings import FINDINGS
from data_cache.masks import Rle
from evaluation.floors.maps import CELLS, Drawn, best_threshold, drawn, prior_map
from evaluation.pixels.mask_runs import MaskRuns
from evaluation.truth.ground_truth import read_masks
from ui.catalogue import Catalogue, source_label
from ui.content import Store

PRIOR = "prior"
FLOORS = (PRIOR,)
LABEL = "Location prior (floor)"
_BUNDLED = DEMO_ROOT / "outputs-val-masks.json"
_TUNING = "-val"  # how the source of a case ends that thresholds and floors may be made of
_PATIENT = "_study"  # what follows the patient in ids of CheXlocalize's kind
Masked = Mapping[str, Sequence[Drawn]]


@dataclass(frozen=True, eq=False)
class Prior:
    """Where each finding was drawn.

    Attributes:
        values: float32 (14, CELLS, CELLS) over the view: the share of masks that cover a cell; NaN for findings that
            nobody drew.
        thresholds: share of its range that was best for the masks it is made of, by finding.
        counts: of those masks, by finding.
        of: whose masks these are.
    """

    values: NDArray[np.float32]
    thresholds: Mapping[str, float]
    counts: Mapping[str, int]
    of: str

    def content(self, store: Store) -> dict[str, Any]:
        """As the browser takes it."""
        note = f"Never looks at the image: the mean of other patients' masks ({self.of})."
        return {
            **store(self.values), "note": note, "thresholds": dict(self.thresholds), "counts": dict(self.counts)
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Pool:
    """Masks to make a prior of: by finding, whose they are by case, and what they are called."""

    masked: Masked
    patients: Mapping[str, str]
    of: str


@dataclass(eq=False)
class Priors:
    """The location priors of the page, made beside the requests when they are first asked for.

    Reading the masks of a tuning split and fitting thresholds takes a second for 500 cases of CheXlocalize's kind, and
    longer where masks are pictures.

    Attributes:
        catalogue: whose tuning split is used for its own radiographs, and for uploads.
    """

    catalogue: Catalogue
    _known: dict[str, _Pool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._of = lru_cache(maxsize=64)(self._make)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="prior")
        self._coming = lru_cache(maxsize=256)(self._start)

    def _start(self, source: str, patient: str) -> "Future[Prior]":
        return self._worker.submit(self.of, source, patient)

    def soon(self, source: str, patient: str) -> "Future[Prior]":
        """The same as `of`, as soon as it is made; what went wrong before is tried again."""
        coming = self._coming(source, patient)
        if coming.done() and coming.exception() is not None:
            self._coming.cache_clear()
            coming = self._coming(source, patient)
        return coming

    def of(self, source: str, patient: str) -> Prior:
        """The prior for a radiograph, from a tuning split and without anything of its own patient.

        Args:
            source: of the case.
            patient: whose masks are left out.
        """
        name = self._tuning_of(source)
        return self._of(name, patient if patient in self._pool(name).patients.values() else "")

    def _tuning_of(self, source: str) -> str:
        """The source to make the prior of; "" for the bundled phantoms."""
        known = self.catalogue.sources
        own = f"{source.rpartition('-')[0]}{_TUNING}"
        if own in known:
            return own
        tuning = [name for name in known if name.endswith(_TUNING)]
        return tuning[0] if tuning and source == "upload" else ""

    def _pool(self, name: str) -> _Pool:
        if name not in self._known:
            self._known[name] = _of_cases(self.catalogue.of_source(name), name) if name else _bundled()
        return self._known[name]

    def _make(self, name: str, patient: str) -> Prior:
        pool = self._pool(name)
        values = np.full((len(FINDINGS), CELLS, CELLS), np.nan, np.float32)
        thresholds, counts = {}, {}
        for i, finding in enumerate(FINDINGS):
            masks = [
                mask for mask in pool.masked.get(finding, ()) if pool.patients[mask.case] != patient or not patient
            ]
            prior = prior_map(masks)
            if prior is not None:
                values[i], counts[finding] = prior, len(masks)
                thresholds[finding] = best_threshold(prior, masks)
        return Prior(values, thresholds, counts, pool.of)


@cache
def _bundled() -> _Pool:
    """The bundled phantoms of the tuning split, of which there are masks alone."""
    cases = read_masks(_BUNDLED).cases
    patients = {case: case.partition(_PATIENT)[0] for case in cases}
    return _Pool(_in_cells(cases), patients, f"{counted(len(set(patients.values())), 'simulated patient')} for tuning")


def _of_cases(cases: Sequence[Case], source: str) -> _Pool:
    masks = {case.id: case.masks for case in cases}
    return _Pool(_in_cells(masks), {case.id: case.patient for case in cases}, source_label(source))


def _in_cells(cases: Mapping[str, Mapping[str, Rle]]) -> Masked:
    found: dict[str, list[Drawn]] = {}
    for case, masks in cases.items():
        for finding, mask in masks.items():
            if mask.area:
                found.setdefault(finding, []).append(drawn(case, MaskRuns.of(mask), "aligned"))
    return found
