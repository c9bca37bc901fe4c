"""Where the newest results of each case lie in a folder of shards, from the ledgers alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from explainers.ledger import Begun, Block, Ended, Refused, Stored, ledger_folders, read_ledger


class Place(NamedTuple):
    """A row of a block."""

    path: Path
    row: int


@dataclass(eq=False)
class Index:
    """What the ledgers of a folder say.

    Attributes:
        begun: by shard, the last process that began.
        ended: shards whose last process came to its end.
        refused: by case, the reason, where that is the last that was written of it.
        lost: by `shard/file`, blocks that are missing or of another size; what they held counts as not done.
    """

    out: Path
    begun: dict[str, Begun] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    lost: dict[str, Block] = field(default_factory=dict)
    _blocks: list[tuple[Path, Block]] = field(default_factory=list)
    _rows: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def cases(self) -> Iterable[str]:
        """The ids of all cases with results, in the order in which they were written."""
        return self._rows.keys()

    @property
    def broken(self) -> tuple[str, ...]:
        """The lost blocks that held what is asked for and nowhere else."""
        return tuple(name for name, block in self.lost.items() if self._is_needed(block))

    def _is_needed(self, block: Block) -> bool:
        held = {*block.maps, *block.predictions}
        return any(case.id not in self.refused and held.intersection(self.lacks(case.id)) for case in block.cases)

    @cached_property
    def asked(self) -> Mapping[str, set[str]]:
        """By name and by section, what the shards' last processes wanted the results to be made with."""
        found: dict[str, set[str]] = {}
        for begun in self.begun.values():
            for name, made in begun.asked.items():
                found.setdefault(name, set()).add(made)
        return found

    def lacks(self, case_id: str) -> tuple[str, ...]:
        """The names and sections that are asked for and that a case has not, or made in another way."""
        found = self.newest(case_id)
        return tuple(name for name, wanted in self.asked.items() if found.get(name) not in wanted)

    @property
    def blocks(self) -> list[tuple[Path, Block]]:
        """The blocks that are there, the oldest first."""
        return list(self._blocks)

    def stored(self, case_id: str) -> list[tuple[Block, Stored]]:
        """What was written of a case, the oldest first."""
        found = [(self._blocks[number][1], row) for number, row in self._rows.get(case_id, ())]
        return [(block, block.cases[row]) for block, row in found]

    def newest(self, case_id: str) -> dict[str, str]:
        """By name and by section, what the results of a case's newest image were made with."""
        found: dict[str, str] = {}
        stored = self.stored(case_id)
        for block, row in stored:
            if row.image == stored[-1][1].image:
                found |= {**block.maps, **block.predictions}
        return found

    def maps(self, case_id: str) -> dict[str, Place]:
        """By name, where the newest maps of a case lie."""
        return self._places(case_id, "maps")

    def predictions(self, case_id: str) -> dict[str, Place]:
        """By section, where the newest predictions of a case lie."""
        return self._places(case_id, "predictions")

    def _places(self, case_id: str, part: str) -> dict[str, Place]:
        found = {}
        for number, row in self._rows.get(case_id, ()):
            path, block = self._blocks[number]
            made: Mapping[str, str] = getattr(block, part)
            found.update(dict.fromkeys(made, Place(path, row)))
        return found

    def add(self, folder: str, event: Block | Refused) -> None:
        """Take in what was written last."""
        if isinstance(event, Refused):
            self.refused[event.id] = event.reason
            return
        for row, case in enumerate(event.cases):
            self._rows.setdefault(case.id, []).append((len(self._blocks), row))
            self.refused.pop(case.id, None)
        self._blocks.append((self.out / folder / event.file, event))


def read_index(out: Path) -> Index:
    """Read the ledgers of a folder; empty where it has none.

    Raises:
        InputError: a ledger cannot be read.
    """
    index = Index(out)
    events: list[tuple[float, str, Block | Refused]] = []
    for folder in ledger_folders(out):
        for record in read_ledger(folder):
            if isinstance(record, Begun):
                index.begun[folder.name] = record
                index.ended.discard(folder.name)
            elif isinstance(record, Ended):
                index.ended.add(folder.name)
            elif isinstance(record, Refused) or _is_there(folder / record.file, record):
                events.append((record.written, folder.name, record))
            else:
                index.lost[f"{folder.name}/{record.file}"] = record
    for _, folder_name, event in sorted(events, key=lambda one: one[:2]):
        index.add(folder_name, event)
    return index


def _is_there(path: Path, block: Block) -> bool:
    try:
        return path.stat().st_size == block.bytes
    except OSError:
        return False
