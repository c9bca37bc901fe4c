"""Reading what `explainers run` wrote, in either layout: one folder a case, or blocks with ledgers.

What is read may be a stranger's: whatever is wrong with it is a sentence.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from data_cache.bounded_files import read_file
from data_cache.errors import InputError
from data_cache.json_text import SMALL, parse_json
from data_cache.store import read_tensors
from explainers.ledger import LEDGER, ledger_folders
from explainers.outputs import PREDICTION, SUFFIX, name_of_file
from explainers.shard_index import Index, Place, read_index
from explainers.shard_reading import read_header, read_maps, read_section

_MOST_BYTES = 1 << 24


class Maps(Protocol):
    """One method's and model's results. Small and picklable, so that every process can read from it."""

    def read(self, case_id: str) -> tuple[Mapping[str, NDArray], Mapping[str, str]]:
        """The arrays of a case (its maps are called `maps`), and the text beside them (see `outputs`).

        Raises:
            InputError: they cannot be read.
            FileNotFoundError: they are gone.
        """
        ...

    def section(self, case_id: str, section: str) -> Any:
        """What prediction.json says about a case and a model; None where nothing is known or can be read."""
        ...

    def digest(self, case_id: str) -> str:
        """SHA-256 over what is stored of a case's maps."""
        ...


class Results(Protocol):
    """A folder of results."""

    def files(self) -> dict[str, dict[str, tuple[Path, ...]]]:
        """By name of method and model, by case, the file that holds its maps."""
        ...

    def maps(self, name: str, section: str) -> Maps:
        """The results of one name; `section` is the one of prediction.json that is about its model."""
        ...

    def sections(self, case_id: str) -> Mapping[str, Any]:
        """What is stored of a case's predictions, by section; nothing where there is none, or a damaged one."""
        ...


def open_results(folder: Path) -> Results:
    """The results in a folder, in whichever layout they are.

    Raises:
        InputError: a ledger cannot be read.
    """
    ledgers = ledger_folders(folder)
    if not ledgers:
        return _InFolders(folder)
    state = tuple((status.st_size, status.st_mtime_ns) for status in ((one / LEDGER).stat() for one in ledgers))
    return _InShards(folder, _index(folder, state))


def refuse_other_layout(out: Path, layout: str) -> None:
    """Refuse to write results of one layout beside those of the other, which readers would then pass over.

    Raises:
        InputError: the folder holds the other.
    """
    has = "shards" if ledger_folders(out) else "folders" if next(out.glob(f"*/{PREDICTION}"), None) else layout
    if has != layout:
        raise InputError(f"Expected results as {layout} in {out}, found {has}; give --layout {has} or another folder.")


@lru_cache(maxsize=4)
def _index(folder: Path, _state: tuple[tuple[int, int], ...]) -> Index:
    return read_index(folder)


@dataclass(frozen=True)
class _InFolders:
    folder: Path

    def files(self) -> dict[str, dict[str, tuple[Path, ...]]]:
        found: dict[str, dict[str, tuple[Path, ...]]] = {}
        for path in sorted(self.folder.glob(f"*/*{SUFFIX}")):
            found.setdefault(name_of_file(path), {})[path.parent.name] = (path,)
        return found

    def maps(self, name: str, section: str) -> Maps:
        return _MapsInFolders({case: path for case, (path,) in self.files().get(name, {}).items()})

    def sections(self, case_id: str) -> Mapping[str, Any]:
        return _sections(self.folder / case_id / PREDICTION)


@dataclass(frozen=True)
class _MapsInFolders:
    paths: Mapping[str, Path]

    def read(self, case_id: str) -> tuple[Mapping[str, NDArray], Mapping[str, str]]:
        return read_tensors(self.paths[case_id])

    def section(self, case_id: str, section: str) -> Any:
        return _sections(self.paths[case_id].with_name(PREDICTION)).get(section)

    def digest(self, case_id: str) -> str:
        path = self.paths[case_id]
        return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def _sections(path: Path) -> Mapping[str, Any]:
    try:
        stored = parse_json(read_file(path, "predictions", _MOST_BYTES), path.name, "predictions", SMALL, finite=False)
    except InputError:
        return {}
    return stored if isinstance(stored, dict) else {}


@dataclass(frozen=True)
class _InShards:
    folder: Path
    index: Index

    def files(self) -> dict[str, dict[str, tuple[Path, ...]]]:
        found: dict[str, dict[str, tuple[Path, ...]]] = {}
        alone = {path: (path,) for path, _ in self.index.blocks}  # one for all cases of a block
        for case in sorted(self.index.cases):
            for name, place in self.index.maps(case).items():
                found.setdefault(name, {})[case] = alone[place.path]
        return found

    def maps(self, name: str, section: str) -> Maps:
        maps, predictions = {}, {}
        for case in self.index.cases:
            if (place := self.index.maps(case).get(name)) is not None:
                maps[case] = place
            if (place := self.index.predictions(case).get(section)) is not None:
                predictions[case] = place
        return _MapsInShards(name, maps, section, predictions)

    def sections(self, case_id: str) -> Mapping[str, Any]:
        return dict(self._sections(case_id))

    def _sections(self, case_id: str) -> Iterator[tuple[str, Any]]:
        for section, place in self.index.predictions(case_id).items():
            found = _section_at(place, section)
            if found is not None:
                yield section, found


@dataclass(frozen=True)
class _MapsInShards:
    name: str
    places: Mapping[str, Place]
    of: str
    predictions: Mapping[str, Place]

    def read(self, case_id: str) -> tuple[Mapping[str, NDArray], Mapping[str, str]]:
        path, row = self.places[case_id]
        header = read_header(path)
        if header.cases[row]["id"] != case_id:
            raise InputError(f"Expected {case_id} in row {row} of {path.name}, found {header.cases[row]['id']!r}.")
        maps, text = read_maps(header, self.name, row)
        return {"maps": maps}, text

    def section(self, case_id: str, section: str) -> Any:
        place = self.predictions.get(case_id) if section == self.of else None
        return None if place is None else _section_at(place, section)

    def digest(self, case_id: str) -> str:
        arrays, text = self.read(case_id)
        return hashlib.sha256(arrays["maps"].tobytes() + repr(sorted(text.items())).encode()).hexdigest()


def _section_at(place: Place, section: str) -> dict[str, Any] | None:
    try:
        return read_section(read_header(place.path), section, place.row)
    except InputError:
        return None
