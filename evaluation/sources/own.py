"""Any other method's maps ("bring your own heat maps"): one array file a case and finding.

    FOLDER/<case id>/<finding>.npy          or  FOLDER/<case id>_<finding>.npy
                              .npz  the array called `map`, or the only one; `probability` beside it if wanted
                              .safetensors  the same names
                              .png  grey, 8 or 16 bit

An array is (h, w), of any size: it is stretched over the whole radiograph. Larger values mean more important; only the
order of values matters for hits, and thresholds apply after scaling to [0, 1] by minimum and maximum.
"""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data_cache.errors import InputError
from data_cache.findings import canonical_finding
from data_cache.store import read_tensors
from evaluation.localization import Map
from evaluation.problems import Problem
from evaluation.sources.base import LARGEST_MAP, CaseMaps, MapSource, usable

Arrays = dict[str, NDArray]
_UNREADABLE = (  # whatever the readers raise on files that are damaged or pretend to be something
    *(InputError, OSError, ValueError, EOFError, SyntaxError, NotImplementedError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(Image.DecompressionBombError, Image.DecompressionBombWarning),
)


@dataclass(frozen=True)
class OwnMaps(MapSource):
    """Array files of any origin; the maps cover the whole radiograph."""

    @property
    def description(self) -> str:
        """The same words for every format."""
        return "array files, one a case and finding"

    def read(self, case_id: str) -> CaseMaps:
        """Read every finding's file; one that cannot be used is named, and its finding counts as refused."""
        maps, probabilities, problems, refused = {}, {}, [], set()
        for path in self.files[case_id]:
            _, finding = _case_and_finding(self.folder, path)
            values, probability = _read(path, f"{path.name} of {case_id}")
            if isinstance(values, Problem):
                problems.append(values)
                refused.add(finding)
                continue
            maps[finding], probabilities[finding] = values, probability
        return CaseMaps(maps, probabilities, refused=frozenset(refused), problems=tuple(problems))


def _read(path: Path, subject: str) -> tuple[Map | Problem, float]:
    """The map of a file, or the problem with it, and the probability stored beside it."""
    try:
        arrays = _READERS[path.suffix](path)
        values = _map_of(arrays, path)
    except _UNREADABLE as error:
        sentence = " ".join(f"{subject}: {error}".split())
        return Problem("map that cannot be read", subject, sentence), float("nan")
    probability = np.ravel(arrays.get("probability", np.nan))
    return usable(values, subject), float(probability[0]) if probability.size == 1 else float("nan")


def _read_npy(path: Path) -> Arrays:
    return {"map": np.load(path, mmap_mode="r", allow_pickle=False)}


def _read_npz(path: Path) -> Arrays:
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > 8 * LARGEST_MAP:
            raise InputError(f"Expected at most {LARGEST_MAP} values, found more; store the map alone.")
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _read_safetensors(path: Path) -> Arrays:
    return read_tensors(path)[0]


def _read_png(path: Path) -> Arrays:
    with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
        opened = Image.open(path, formats=["PNG"])
    with opened as image:
        if image.width * image.height > LARGEST_MAP:
            raise InputError(f"Expected at most {LARGEST_MAP} pixels, found {image.width}×{image.height}.")
        if image.mode not in ("1", "L", "I", "I;16"):
            raise InputError(f"Expected a grey picture of 8 or 16 bit, found mode {image.mode}; a colour has no order.")
        return {"map": np.asarray(image)}


_READERS: dict[str, Callable[[Path], Arrays]] = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".safetensors": _read_safetensors,
    ".png": _read_png,
}


def _map_of(arrays: Arrays, path: Path) -> NDArray:
    if "map" in arrays:
        return arrays["map"]
    others = [name for name in arrays if name != "probability"]
    if len(others) != 1:
        raise InputError(f"Expected an array called map in {path.name}, found {', '.join(others) or 'none'}.")
    return arrays[others[0]]


def find_own_maps(name: str, folder: Path) -> OwnMaps | None:
    """Find array files in a folder and its subfolders, one level deep; None when there are none."""
    paths = sorted(path for path in (*folder.glob("*"), *folder.glob("*/*")) if path.suffix in _READERS)
    if not paths:
        return None
    found: dict[tuple[str, str], Path] = {}
    problems = []
    for path in paths:
        try:
            key = _case_and_finding(folder, path)
        except InputError as error:
            problems.append(Problem("unknown finding", str(path.relative_to(folder)), f"{path.name}: {error}"))
            continue
        if key in found:
            sentence = f"Expected one map of {key[1]} for {key[0]}, found {path.name} beside {found[key].name}."
            problems.append(Problem("duplicate map", str(path.relative_to(folder)), sentence))
            continue
        found[key] = path
    files: dict[str, tuple[Path, ...]] = {}
    for (case_id, _), path in found.items():
        files[case_id] = (*files.get(case_id, ()), path)
    return OwnMaps(name, folder, files, tuple(problems))


def _case_and_finding(folder: Path, path: Path) -> tuple[str, str]:
    if path.parent != folder:
        return path.parent.name, canonical_finding(path.stem)
    case_id, _, finding = path.stem.rpartition("_")
    return case_id, canonical_finding(finding)
