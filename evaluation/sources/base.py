"""What every source of maps gives the benchmark."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from data_cache.geometry import Alignment, Geometry
from data_cache.guarding import guarded
from evaluation.evidence import Stored
from evaluation.localization import Map
from evaluation.problems import Problem

LARGEST_MAP = 50_000_000  # values


@dataclass(frozen=True, eq=False)
class CaseMaps:
    """One method's maps of one case, by CheXpert's name of the finding.

    Attributes:
        maps: float32 (h, w), finite, as stored.
        probabilities: of the findings, by the model that was explained; a finding is missing where unknown.
        geometry: where the model's input lay on the radiograph; None when the maps cover the whole of it.
        image_size: (height, width) of the radiograph where the source says so.
        refused: findings whose map is there but cannot be used.
        problems: what could not be used.
        unpredicted: findings that the model does not predict, so that there is nothing to explain.
    """

    maps: Mapping[str, Map]
    probabilities: Mapping[str, float] = field(default_factory=dict)
    geometry: Geometry | None = None
    image_size: tuple[int, int] | None = None
    refused: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    unpredicted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MapSource(ABC):
    """A folder with one method's maps. Small and picklable, so that every process can read from it.

    Attributes:
        name: the method's name in the tables.
        folder: where the maps lie.
        files: by case id, the files that hold its maps.
        problems: what is wrong with the folder as a whole.
    """

    name: str
    folder: Path
    files: Mapping[str, tuple[Path, ...]]
    problems: tuple[Problem, ...] = ()

    @abstractmethod
    def read(self, case_id: str) -> CaseMaps:
        """Read the maps of a case; what cannot be used is left out and named."""

    def read_or_refuse(self, case_id: str) -> CaseMaps:
        """Read the maps of a case; whatever breaks on the way is the problem of this case and of no other."""
        names = ", ".join(path.name for path in self.files[case_id][:3])
        try:
            with guarded(InputError(f"Expected maps of {case_id} in {names}, found files that are damaged.")):
                return self.read(case_id)
        except InputError as error:
            problem = Problem("map that cannot be read", case_id, str(error))
            return CaseMaps({}, refused=frozenset(FINDINGS), problems=(problem,))

    @property
    @abstractmethod
    def description(self) -> str:
        """What kind of folder this is, in words, for the manifest."""

    @property
    def covers_radiograph(self) -> bool:
        """Whether maps cover the whole radiograph, so that a perfect one has every pixel of a mask; by default, yes."""
        return True

    @property
    def model(self) -> str:
        """Whose probabilities lie beside the maps: the model's key, or, where nobody knows it, the method's name."""
        return self.name

    @property
    def shown_masks(self) -> bool:
        """Whether the maps are of a network that was shown masks in training; by default nobody says so."""
        return False

    def to_score(self, values: Map, alignment: Alignment) -> Map:
        """Bring a map into the form that is scored; by default it is scored as it is stored."""
        return values

    def stored_map(self, values: Map) -> Stored:
        """A map as it is stored, with what its sign means: by default, nothing is known against a finding."""
        return Stored(values, opposes=False)

    def marks_anything(self, values: Map, alignment: Alignment) -> bool:
        """Whether a map, as it is stored, has a largest value once it is in the form that is scored."""
        return not is_constant(values)

    def scored_shape(self, values: Map) -> tuple[int, int]:
        """(rows, columns) that `to_score` would return."""
        return values.shape[0], values.shape[1]

    def states(self, case_id: str) -> tuple[tuple[int, int, int], ...]:
        """What tells whether the case's files were changed: of each its number, size and time of change."""
        found = (path.stat() for path in self.files[case_id] if path.exists())
        return tuple((status.st_ino, status.st_size, status.st_mtime_ns) for status in found)

    def digest(self, case_id: str) -> str:
        """SHA-256 over the contents of the case's files, for the manifest; what is no file has none."""
        digest = hashlib.sha256()
        for path in self.files[case_id]:
            digest.update(path.read_bytes() if path.is_file() else b"")
        return digest.hexdigest()


def is_constant(values: Map) -> bool:
    """Whether a map has no largest value to point at; it marks nothing."""
    return not float(values.max()) > float(values.min())


def usable(values: NDArray, subject: str) -> Map | Problem:
    """Check a map: a finite array (h, w) of numbers, returned as float32, or the problem with it."""
    if values.ndim != 2 or 0 in values.shape or values.dtype.kind not in "fiub":
        found = f"{values.dtype} of shape {values.shape}"
        return Problem("map of another shape", subject, f"Expected an array (h, w) for {subject}, found {found}.")
    if values.size > LARGEST_MAP:
        found = f"{values.shape[0]}×{values.shape[1]}"
        return Problem("map that is too large", subject, f"Expected at most {LARGEST_MAP} values, found {found}.")
    numbers = np.ascontiguousarray(values, dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        span = numbers.max() - numbers.min()
    if not np.isfinite(span):
        sentence = f"Expected finite numbers for {subject}, and their range too, found NaN or infinity."
        return Problem("map that is not finite", subject, sentence)
    return numbers
