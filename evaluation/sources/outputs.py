"""The program's own cached outputs: OUT/<case id>/<method>.safetensors and prediction.json."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, canonical_finding
from data_cache.geometry import Alignment, Geometry
from data_cache.store import read_tensors
from evaluation.localization import Map
from evaluation.problems import Problem
from evaluation.sources.base import CaseMaps, MapSource, is_constant, usable
from explainers.explanation import enlarge
from explainers.registry import EXPLAINERS

_PREDICTION = "prediction.json"
_MODEL_KEYS = {"medicalpatchnet": "patchnet", "cnn": "cnn"}


@dataclass(frozen=True)
class Outputs(MapSource):
    """What `explainers run` wrote, for one method.

    Attributes:
        method: stem of the files.
        input_size: side of the model's input, to which maps are brought before they are laid over the radiograph.
    """

    method: str = ""
    input_size: int = 512

    @property
    def description(self) -> str:
        """Names the method, since one folder may hold several."""
        return f"outputs of explainers run, method {self.method}"

    def read(self, case_id: str) -> CaseMaps:
        """Read the maps of all findings from the case's one file, and the model's probabilities beside it."""
        (path,) = self.files[case_id]
        try:
            tensors, metadata = read_tensors(path)
            geometry = Geometry.from_json(metadata["geometry"])
            names = json.loads(metadata["findings"])
            stacked = tensors["maps"]
        except (InputError, KeyError, ValueError) as error:
            sentence = f"Expected maps of {case_id} in {path.name}, found a file that cannot be read ({error})."
            return _nothing(Problem("map that cannot be read", str(path.relative_to(self.folder)), sentence))
        if stacked.ndim != 3 or len(stacked) != len(names):
            sentence = f"Expected ({len(names)}, h, w) in {path.name} of {case_id}, found {stacked.shape}."
            return _nothing(Problem("map of another shape", str(path.relative_to(self.folder)), sentence))
        return self._case_maps(case_id, dict(zip(names, stacked, strict=True)), geometry)

    def _case_maps(self, case_id: str, stacked: dict[str, np.ndarray], geometry: Geometry) -> CaseMaps:
        maps, problems, refused = {}, [], set()
        for name, values in stacked.items():
            checked = usable(values, f"{case_id}, {name}, {self.name}")
            if isinstance(checked, Problem):
                problems.append(checked)
                refused.add(canonical_finding(name))
            else:
                maps[canonical_finding(name)] = checked
        size = (geometry.height, geometry.width)
        probabilities = self._probabilities(case_id)
        return CaseMaps(maps, probabilities, geometry, size, frozenset(refused), tuple(problems))

    def _probabilities(self, case_id: str) -> dict[str, float]:
        """The probabilities of the model that the method explains; empty where there is no prediction.json."""
        entry = EXPLAINERS.get(self.method)
        path = self.files[case_id][0].parent / _PREDICTION
        if entry is None or not path.is_file():
            return {}
        try:
            stored = json.loads(path.read_bytes())[_MODEL_KEYS[entry.model]]["probabilities"]
            return {canonical_finding(name): float(value) for name, value in stored.items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            return {}

    def to_score(self, values: Map, alignment: Alignment) -> Map:
        """Bring a map into the form that the published evaluation scores, at the size of the model's input.

        In `paper` alignment this is the official export, clip and all. In `aligned`, patch maps keep their full
        precision: the export leaves a few distinct values of a map scaled by a tiny probability.
        """
        entry = EXPLAINERS.get(self.method)
        if entry is None:
            return values
        if alignment == "aligned" and entry.resampling == "nearest":
            return enlarge(values[None], self.input_size, entry.resampling)[0]
        return entry.published(values[None], self.input_size)[0]

    def scored_shape(self, values: Map) -> tuple[int, int]:
        """The size of the model's input; of a method that is not in the registry, the map's own."""
        if self.method not in EXPLAINERS:
            return super().scored_shape(values)
        return self.input_size, self.input_size

    def marks_anything(self, values: Map, alignment: Alignment) -> bool:
        """As above; enlarging does not make a constant map vary, so the map is brought into that form as it is."""
        entry = EXPLAINERS.get(self.method)
        if entry is None or (alignment == "aligned" and entry.resampling == "nearest"):
            return not is_constant(values)
        return not is_constant(entry.published(values[None], len(values))[0])


def _nothing(problem: Problem) -> CaseMaps:
    return CaseMaps({}, refused=frozenset(FINDINGS), problems=(problem,))


def find_outputs(name: str, folder: Path) -> Outputs | None:
    """Find a method's outputs in a folder: the method called `name`, or the only one there is.

    Returns:
        None when the folder holds no such outputs at all.

    Raises:
        InputError: it holds several methods and none of them has this name.
    """
    found: dict[str, dict[str, tuple[Path, ...]]] = {}
    for path in sorted(folder.glob("*/*.safetensors")):
        if path.stem == name or path.stem in EXPLAINERS or (path.parent / _PREDICTION).is_file():
            found.setdefault(path.stem, {})[path.parent.name] = (path,)
    if not found:
        return None
    if name not in found and len(found) > 1:
        raise InputError(
            f"Expected one method in {folder.name}, or one called {name!r}, found {', '.join(found)}; "
            "give --maps METHOD=DIR with one of these names."
        )
    method = name if name in found else next(iter(found))
    return Outputs(name, folder, found[method], method=method, input_size=_input_size(found[method]))


def _input_size(files: dict[str, tuple[Path, ...]]) -> int:
    """The input size that the first readable file names."""
    for (path,) in files.values():
        try:
            return Geometry.from_json(read_tensors(path)[1]["geometry"]).input_size
        except (InputError, KeyError):
            continue
    raise InputError(f"Expected maps with a geometry, found none in {len(files)} files; compute them again.")
