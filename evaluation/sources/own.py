"""Any other method's maps ("bring your own heat maps"): one array file a case and finding.

    FOLDER/<case id>/<finding>.npy          or  FOLDER/<case id>_<finding>.npy
                              .npz  the array called `map`, or the only one; `probability` beside it if wanted
                              .safetensors  the same names
                              .png  grey, 8 or 16 bit

An array is (h, w), of any size: it is stretched over the whole radiograph. Larger values mean more important; only the
order of values matters for hits, and thresholds apply after scaling to [0, 1] by minimum and maximum.
"""

from dataclasses import dataclass
from pathlib import Path

from data_cache.errors import InputError
from data_cache.findings import canonical_finding, case_and_finding
from evaluation.localization import Map
from evaluation.problems import Problem
from evaluation.sources.arrays import READERS, ordered, read_map
from evaluation.sources.base import CaseMaps, MapSource, usable


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
        values, probability = read_map(path)
    except InputError as error:
        sentence = " ".join(f"{subject}: {error}".split())
        return Problem("map that cannot be read", subject, sentence), float("nan")
    return usable(ordered(values), subject), probability


def find_own_maps(name: str, folder: Path) -> OwnMaps | None:
    """Find array files in a folder and its subfolders, one level deep; None when there are none."""
    paths = sorted(path for path in (*folder.glob("*"), *folder.glob("*/*")) if _is_map(path))
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


def _is_map(path: Path) -> bool:
    """Whether a file is meant to be a map; what systems leave behind begins with a dot."""
    return path.suffix in READERS and not path.name.startswith(".")


def _case_and_finding(folder: Path, path: Path) -> tuple[str, str]:
    if path.parent != folder:
        return path.parent.name, canonical_finding(path.stem)
    return case_and_finding(path.stem)
