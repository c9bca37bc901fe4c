"""Folders of CheXlocalize's `<case>_<finding>_map.pkl`, and of the safe files that `convert-pickles` makes of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from data_cache.errors import InputError
from data_cache.guarding import guarded
from data_cache.pickles import MAP_SUFFIX, PICKLE_SUFFIX, HeatMap, case_and_finding, read_heat_map, read_pickle
from evaluation.problems import Problem
from evaluation.sources.base import CaseMaps, MapSource, usable


@dataclass(frozen=True)
class HeatMaps(MapSource):
    """One file a case and finding; the maps cover the whole radiograph."""

    @property
    def description(self) -> str:
        """The same words for pickles and for what was converted from them."""
        return "CheXlocalize heat maps"

    def read(self, case_id: str) -> CaseMaps:
        """Read every finding's file; where they disagree on the radiograph's size, those of most of them are used."""
        maps, probabilities, problems, refused = {}, {}, [], set()
        sizes: dict[str, tuple[int, int]] = {}
        for path in self.files[case_id]:
            subject, finding = str(path.relative_to(self.folder)), _case_and_finding(path)[1]
            try:
                heat_map = _read(path)
            except InputError as error:
                problems.append(Problem("map that cannot be read", subject, str(error)))
                refused.add(finding)
                continue
            values = usable(heat_map.values, f"{case_id}, {finding}, {self.name}")
            if isinstance(values, Problem):
                problems.append(values)
                refused.add(finding)
                continue
            maps[heat_map.finding] = values
            probabilities[heat_map.finding] = heat_map.probability
            if heat_map.image_size is not None:
                sizes[heat_map.finding] = heat_map.image_size
        counts = Counter(sizes.values())
        size = max(counts, key=lambda one: counts[one]) if counts else None
        for finding in [finding for finding, one in sizes.items() if one != size]:
            del maps[finding], probabilities[finding]
            refused.add(finding)
            problems.append(_of_another_size(f"{case_id}, {finding}, {self.name}", sizes[finding], size or (0, 0)))
        return CaseMaps(maps, probabilities, None, size, frozenset(refused), tuple(problems))


def _of_another_size(subject: str, found: tuple[int, int], most: tuple[int, int]) -> Problem:
    sentence = (
        f"Expected a radiograph of {most[1]}×{most[0]} for {subject}, as most of the case's maps say, found "
        f"{found[1]}×{found[0]}; it alone is left out."
    )
    return Problem("map of another shape", subject, sentence)


def _read(path: Path) -> HeatMap:
    with guarded(InputError(f"Expected a heat map in {path.name}, found a damaged or different file.")):
        return read_pickle(path) if path.name.endswith(PICKLE_SUFFIX) else read_heat_map(path)


def find_heat_maps(name: str, folder: Path) -> HeatMaps | None:
    """Find heat maps, pickled or converted, anywhere below a folder; None when there are none."""
    paths = sorted((*folder.rglob(f"*{PICKLE_SUFFIX}"), *folder.rglob(f"*{MAP_SUFFIX}")))
    if not paths:
        return None
    files, problems = _by_case(folder, paths)
    return HeatMaps(name, folder, files, problems)


def _by_case(folder: Path, paths: Iterable[Path]) -> tuple[dict[str, tuple[Path, ...]], tuple[Problem, ...]]:
    found: dict[tuple[str, str], Path] = {}
    problems = []
    for path in paths:
        try:
            key = _case_and_finding(path)
        except InputError as error:
            problems.append(Problem("unknown finding", str(path.relative_to(folder)), str(error)))
            continue
        if key in found:
            sentence = f"Expected one map of {key[1]} for {key[0]}, found {path.name} beside {found[key].name}."
            problems.append(Problem("duplicate map", str(path.relative_to(folder)), sentence))
            continue
        found[key] = path
    files: dict[str, tuple[Path, ...]] = {}
    for (case_id, _), path in found.items():
        files[case_id] = (*files.get(case_id, ()), path)
    return files, tuple(problems)


def _case_and_finding(path: Path) -> tuple[str, str]:
    if path.name.endswith(PICKLE_SUFFIX):
        return case_and_finding(path)
    return case_and_finding(path.with_name(f"{path.parent.name}_{path.name.removesuffix(MAP_SUFFIX)}{PICKLE_SUFFIX}"))
