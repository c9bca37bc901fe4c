"""The program's own cached outputs, one folder a case or shards, see `explainers.outputs` and `explainers.shards`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data_cache.errors import InputError
from data_cache.findings import FINDINGS, canonical_finding
from data_cache.geometry import Alignment, Geometry
from data_cache.guarding import guarded
from data_cache.json_text import SMALL, parse_json
from evaluation.evidence import Stored
from evaluation.localization import Map
from evaluation.problems import Problem
from evaluation.scored_form import keeps_values, scored_form
from evaluation.sources.base import CaseMaps, MapSource, is_constant, usable
from explainers.base import plain
from explainers.entry import Entry, as_stored
from explainers.ledger import LEDGER
from explainers.outputs import PREDICTION, section_of
from explainers.pairs import pair_of_name, shown_masks
from explainers.registry import EXPLAINERS
from explainers.stored import Maps, open_results
from models.choosing import in_registry_order


@dataclass(frozen=True)
class Outputs(MapSource):
    """What `explainers run` wrote, for one method and model.

    Attributes:
        stored: reads them.
        pair: the name of both, as the files carry it.
        input_size: side of the model's input, to which maps are brought before they are laid over the radiograph.
    """

    stored: Maps | None = None
    pair: str = ""
    input_size: int = 512

    @property
    def entry(self) -> Entry | None:
        """What the registry says of the method; None of an unknown one, whose maps are scored as they are."""
        return EXPLAINERS.get(self.pair.partition("@")[0])

    @property
    def model(self) -> str:
        """The key of the model that was explained."""
        return model_of(self.pair) or self.name

    @property
    def covers_radiograph(self) -> bool:
        """No: they are of the square that the model sees."""
        return False

    @property
    def shown_masks(self) -> bool:
        """As the registries say of method and model."""
        return shown_masks(self.pair)

    @property
    def description(self) -> str:
        """Names the method, since one folder may hold several."""
        return f"outputs of explainers run, method {self.pair}"

    def read(self, case_id: str) -> CaseMaps:
        """Read the maps of all findings, and the model's probabilities beside them."""
        (path,) = self.files[case_id]
        subject = str(path.relative_to(self.folder))
        try:
            tensors, metadata = self._read(case_id)
            geometry = Geometry.from_json(metadata["geometry"])
            names = parse_json(metadata["findings"].encode(), "findings", "a list of findings", SMALL)
            stacked = self._shown(tensors["maps"], metadata.get("parameters", "{}"))
        except (InputError, KeyError, ValueError) as error:
            sentence = f"Expected maps of {case_id} in {path.name}, found a file that cannot be read ({error})."
            return _nothing(Problem("map that cannot be read", subject, sentence))
        if not isinstance(names, list) or stacked.ndim != 3 or len(stacked) != len(names):
            count = len(names) if isinstance(names, list) else "n"
            sentence = f"Expected ({count}, h, w) in {path.name} of {case_id}, found {stacked.shape}."
            return _nothing(Problem("map of another shape", subject, sentence))
        probabilities = self._probabilities(case_id, metadata.get("model_key") or model_of(self.pair))
        return self._case_maps(case_id, dict(zip(names, stacked, strict=True)), geometry, probabilities)

    def metadata(self, case_id: str) -> Mapping[str, str]:
        """What a case's maps were made with, and the geometry of the image.

        Raises:
            InputError: they cannot be read.
        """
        return self._read(case_id)[1]

    def digest(self, case_id: str) -> str:
        """SHA-256 over what is stored of the case's maps."""
        return super().digest(case_id) if self.stored is None else self.stored.digest(case_id)

    def _read(self, case_id: str) -> tuple[Mapping[str, np.ndarray], Mapping[str, str]]:
        if self.stored is None:
            raise ValueError("Expected outputs that `find_outputs` found.")
        return self.stored.read(case_id)

    def _shown(self, stored: np.ndarray, parameters: str) -> np.ndarray:
        """The maps as they are shown and scored, such as blurred ones."""
        entry = self.entry
        if entry is None or entry.view.shown is as_stored:
            return stored
        with guarded(InputError("the maps do not fit their method")):
            return entry.view.shown(
                stored, plain(entry.parse(parse_json(parameters.encode(), "parameters", "an object", SMALL)))
            )

    def _probabilities(self, case_id: str, model: str) -> dict[str, float]:
        """The model's probabilities, without findings that it does not predict; empty where nothing is known."""
        section: Any = self.stored.section(case_id, section_named(model)) if self.stored is not None and model else None
        try:
            with guarded(InputError(f"Expected probabilities of {case_id} by finding, found something else.")):
                stored = section["probabilities"].items()
                return {canonical_finding(name): float(value) for name, value in stored if value is not None}
        except InputError:
            return {}

    def _case_maps(
        self, case_id: str, stacked: dict[str, np.ndarray], geometry: Geometry, probabilities: dict[str, float]
    ) -> CaseMaps:
        maps, problems, refused, unpredicted = {}, [], set(), set()
        for name, values in stacked.items():
            finding = canonical_finding(name)
            if finding not in probabilities and _is_unpredicted(values):
                unpredicted.add(finding)
                continue
            checked = usable(values, f"{case_id}, {name}, {self.name}")
            if isinstance(checked, Problem):
                problems.append(checked)
                refused.add(finding)
            else:
                maps[finding] = checked
        size = (geometry.height, geometry.width)
        return CaseMaps(
            maps, probabilities, geometry, size, frozenset(refused), tuple(problems), frozenset(unpredicted)
        )

    def to_score(self, values: Map, alignment: Alignment) -> Map:
        """Bring a map into the form that the published evaluation scores, at the size of the model's input."""
        entry = self.entry
        return values if entry is None else scored_form(values, entry.view, self.input_size, alignment)

    def stored_map(self, values: Map) -> Stored:
        """What the registry says of negative values."""
        return Stored(values, opposes=self.entry is not None and self.entry.view.negative_opposes)

    def scored_shape(self, values: Map) -> tuple[int, int]:
        """The size of the model's input; of a method that is not in the registry, the map's own."""
        return super().scored_shape(values) if self.entry is None else (self.input_size, self.input_size)

    def marks_anything(self, values: Map, alignment: Alignment) -> bool:
        """As above; enlarging does not make a constant map vary, so the map is brought into that form as it is."""
        entry = self.entry
        if entry is None or keeps_values(entry.view, alignment):
            return not is_constant(values)
        return not is_constant(entry.view.published(values[None], len(values))[0])


def model_of(name: str) -> str:
    """The key of the model that a name speaks of, known or not; empty for an unknown method's default."""
    pair = pair_of_name(name)
    return name.partition("@")[2] if pair is None else pair.model


def section_named(model: str) -> str:
    """The section of prediction.json that is about a model; one that the registry does not know has its key's name."""
    try:
        return section_of(model)
    except InputError:
        return model


def _is_unpredicted(values: np.ndarray) -> bool:
    """Whether a map says nothing at all, as it does for findings that the model does not predict."""
    return values.dtype.kind == "f" and values.size > 0 and bool(np.isnan(values).all())


def _nothing(problem: Problem) -> CaseMaps:
    return CaseMaps({}, refused=frozenset(FINDINGS), problems=(problem,))


def in_order(names: Iterable[str]) -> list[str]:
    """Names of methods and models as the registries list them, methods first; unknown ones last, sorted."""
    pairs = {name: pair for name in names if (pair := pair_of_name(name)) is not None}
    models = in_registry_order(sorted({pair.model for pair in pairs.values()}))
    methods = list(EXPLAINERS)
    known = sorted(pairs, key=lambda name: (methods.index(pairs[name].method), models.index(pairs[name].model)))
    return known + sorted(set(names) - set(known))


def output_names(folder: Path) -> list[str]:
    """The methods and models whose outputs lie in a folder, in order."""
    return in_order(open_results(folder).files())


def find_outputs(name: str, folder: Path) -> Outputs | None:
    """Find outputs in a folder: of the method and model called `name`, or the only ones there are.

    Returns:
        None when the folder holds no such outputs at all.

    Raises:
        InputError: it holds several methods and none of them has this name.
    """
    results = open_results(folder)
    found = {
        stored: meant
        for stored, files in results.files().items()
        if (meant := {case: paths for case, paths in files.items() if _is_output(stored, name, paths[0])})
    }
    if not found:
        return None
    chosen = _chosen(name, found)
    if chosen is None:
        raise InputError(
            f"Expected one method in {folder.name}, or one called {name!r}, found {', '.join(found)}; "
            "give --maps METHOD=DIR with one of these names."
        )
    maps = results.maps(chosen, section_named(model_of(chosen)))
    return Outputs(name, folder, found[chosen], (), maps, chosen, _input_size(maps, found[chosen]))


def _is_output(stored: str, name: str, path: Path) -> bool:
    """Whether a file is an output, and not any other method's array."""
    known = stored == name or pair_of_name(stored) is not None
    return known or (path.parent / PREDICTION).is_file() or (path.parent / LEDGER).is_file()


def _chosen(name: str, found: Iterable[str]) -> str | None:
    """The stored name that a given one means: itself, the same pair written otherwise, or the only one."""
    stored = list(found)
    pair = pair_of_name(name)
    if pair is not None and name not in stored and pair.name in stored:
        return pair.name
    return name if name in stored else stored[0] if len(stored) == 1 else None


def _input_size(maps: Maps, files: Collection[str]) -> int:
    """The input size that the first readable maps name."""
    for case in files:
        try:
            return Geometry.from_json(maps.read(case)[1]["geometry"]).input_size
        except (InputError, KeyError):
            continue
    raise InputError(f"Expected maps with a geometry, found none in {len(files)} files; compute them again.")
