"""What all shards of a folder hold together."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_cache.case import Case
from data_cache.errors import InputError
from explainers.ledger import Begun
from explainers.shard_index import Index, read_index

_SHOWN = 10


@dataclass(frozen=True)
class Summary:
    """The state of a folder of shards.

    Attributes:
        done: how many cases have results.
        refused: by case, why it has none.
        missing: ids of cases, or names of shards that never began; `uncounted` more are missing that cannot be named.
        made: by method and model, and by section of predictions, how many cases were made with what.
        damaged: blocks that are missing or not as they were written.
        shards: by shard, its blocks, cases, seconds spent on them, and whether its last process came to its end.
        bytes: of all blocks.
    """

    done: int
    refused: dict[str, str]
    missing: tuple[str, ...]
    uncounted: int
    made: dict[str, Counter[str]]
    damaged: tuple[str, ...]
    shards: dict[str, tuple[int, int, float, bool]]
    bytes: int

    @property
    def mixed(self) -> tuple[str, ...]:
        """Methods, models and sections whose results were made with different weights or parameters."""
        return tuple(name for name, kinds in self.made.items() if len(kinds) > 1)

    @property
    def wrong(self) -> str:
        """One sentence about what is wrong; empty where nothing is."""
        counts = {
            "missing": len(self.missing) + self.uncounted,
            "refused": len(self.refused),
            "files damaged": len(self.damaged),
            "made in different ways": len(self.mixed),
        }
        found = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
        return f"Expected all cases done in one way, found {found}; run their shards again." if found else ""

    def lines(self) -> Iterator[str]:
        """The whole as text."""
        missing = len(self.missing) + self.uncounted
        yield f"Cases: {self.done} done, {len(self.refused)} refused, {missing} missing; {self.bytes:,} bytes."
        yield from _some("refused", [f"{case}: {reason}" for case, reason in self.refused.items()])
        yield from _some("missing", self.missing)
        yield from _some("damaged", self.damaged)
        for name, (blocks, cases, seconds, ended) in self.shards.items():
            state = "" if ended else ", still at work or ended early"
            yield f"  {name}: {cases} cases in {blocks} files, {seconds:.1f} s{state}"
        for name, kinds in self.made.items():
            same = "all made in the same way" if len(kinds) == 1 else f"made in {len(kinds)} different ways"
            yield f"  {name}: {kinds.total()} cases, {same} ({', '.join(one[:8] for one in kinds)})"


def sum_up(out: Path, cases: Sequence[Case] | None = None, check: bool = False) -> Summary:
    """Sum up a folder of shards.

    Args:
        out: the folder.
        cases: what was to be explained; without, what each shard was started with says how many are missing.
        check: whether every file is read and compared with its fingerprint, too.

    Raises:
        InputError: there are no shards.
    """
    index = read_index(out)
    if not index.begun:
        raise InputError(f"Expected shards in {out.name}, found none; name what `run --layout shards --out` was given.")
    done = set(index.cases) - set(index.refused)
    made: dict[str, Counter[str]] = {}
    for case in done:
        for name, one in index.newest(case).items():
            made.setdefault(name, Counter())[one] += 1
    missing, uncounted = _missing(index, done, cases)
    changed = [
        f"{path.parent.name}/{path.name}" for path, block in index.blocks if check and _digest(path) != block.sha256
    ]
    return Summary(
        len(done),
        index.refused,
        missing,
        uncounted,
        dict(sorted(made.items())),
        (*index.broken, *changed),
        {name: _shard(index, name) for name in index.begun},
        sum(block.bytes for _, block in index.blocks),
    )


def _missing(index: Index, done: set[str], cases: Sequence[Case] | None) -> tuple[tuple[str, ...], int]:
    """The names of what is missing, and how much more there is without a name."""
    known = done | set(index.refused)
    if cases is not None:
        return tuple(case.id for case in cases if case.id not in known), 0
    divisions: dict[int, list[Begun]] = {}
    for begun in index.begun.values():
        divisions.setdefault(begun.count, []).append(begun)
    whole = [sum(one.cases for one in begun) for count, begun in divisions.items() if len(begun) == count]
    if whole:
        return (), max(0, max(whole) - len(known))
    if len(divisions) > 1:
        found = ", ".join(map(str, sorted(divisions)))
        raise InputError(f"Expected all shards of one division, found some of {found}; name the list of all cases.")
    ((count, begun_ones),) = divisions.items()
    absent = sorted(set(range(count)) - {one.index for one in begun_ones})
    expected = sum(one.cases for one in begun_ones)
    return tuple(f"the shard {number}/{count}, which never began" for number in absent), max(0, expected - len(known))


def _shard(index: Index, name: str) -> tuple[int, int, float, bool]:
    blocks = [block for path, block in index.blocks if path.parent.name == name]
    stored = [case for block in blocks for case in block.cases]
    return len(blocks), len(stored), sum(case.seconds for case in stored), name in index.ended


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _some(word: str, things: Sequence[str]) -> Iterator[str]:
    for thing in things[:_SHOWN]:
        yield f"  {word}: {thing}"
    if len(things) > _SHOWN:
        yield f"  {word}: and {len(things) - _SHOWN} more; the ledgers name them"
