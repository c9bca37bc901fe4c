"""What all shards of a folder hold together."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from data_cache.case import Case
from data_cache.counting import counted
from data_cache.errors import InputError
from explainers.ledger import Begun
from explainers.shard_index import Index, read_index

_SHOWN = 10


@dataclass(frozen=True)
class Expected:
    """What is to be there, from what the shards were started with.

    Attributes:
        least, most: how many cases there are in all; a shard that never began leaves that open by less than the number
            of shards.
        absent: how many shards never began.
        shown: the first of these, in words.
    """

    least: int
    most: int
    absent: int = 0
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """The state of a folder of shards; of the cases of a list, where one is given.

    Attributes:
        done: how many cases have all results that are asked for.
        refused: by case, why it has none.
        missing: by case, which of the names and sections asked for it lacks: all of them where nothing is known of it.
        unnamed: how many more cases are missing, at least, that cannot be named.
        expected: how many cases there are, and the shards that never began; None where a list was given.
        unusable: how many rows of the list cannot be used.
        made: by method and model, and by section of predictions, how many cases were made with what.
        lost: blocks that are missing or of another size, with results that are nowhere else.
        changed: blocks whose bytes are not those that were written.
        shards: by shard, its blocks, cases, seconds spent on them, and whether its last process came to its end.
        bytes: of all blocks.
    """

    done: int
    refused: Mapping[str, str]
    missing: Mapping[str, tuple[str, ...]]
    unnamed: int
    expected: Expected | None
    unusable: int
    made: Mapping[str, Counter[str]]
    lost: tuple[str, ...]
    changed: tuple[str, ...]
    shards: Mapping[str, tuple[int, int, float, bool]]
    bytes: int

    @property
    def mixed(self) -> tuple[str, ...]:
        """Methods, models and sections whose results were made with different weights or parameters."""
        return tuple(name for name, kinds in self.made.items() if len(kinds) > 1)

    @property
    def wrong(self) -> str:
        """One sentence about what is wrong and what helps; empty where nothing is."""
        absent = self.expected.absent if self.expected else 0
        missing = len(self.missing) + self.unnamed
        again = [f"{self._at_least}{missing} missing"] if missing or self._at_least else []
        again += _counted({"shards that never began": absent, "files lost": len(self.lost)})
        again += _counted({"files changed": len(self.changed), "made in different ways": len(self.mixed)})
        mend = _counted({"refused": len(self.refused), "rows of the list unusable": self.unusable})
        helps = {
            "delete the files that are called changed": self.changed,
            "run their shards again": again,
            "mend what is refused or unusable, or leave it out of the list and name the list here": mend,
        }
        advice = ", then ".join(words for words, needed in helps.items() if needed)
        return f"Expected all cases done in one way, found {', '.join(again + mend)}; {advice}." if advice else ""

    def lines(self) -> Iterator[str]:
        """The whole as text."""
        missing = f"{self._at_least}{len(self.missing) + self.unnamed} missing"
        unusable = f", {counted(self.unusable, 'row')} of the list unusable" if self.unusable else ""
        yield f"Cases: {self.done} done, {len(self.refused)} refused, {missing}{unusable}; {self.bytes:,} bytes."
        yield from _some("refused", [f"{case}: {reason}" for case, reason in self.refused.items()], "ledgers name them")
        yield from _some("missing", [f"{case}: {', '.join(names)}" for case, names in self.missing.items()])
        if self.unnamed:
            where = "give the list or dataset of all cases to have them named"
            yield f"  missing: {self._at_least}{counted(self.unnamed, 'case')} of which nothing is known; {where}"
        if self.expected and self.expected.absent:
            yield from (f"  never began: {one}" for one in self.expected.shown)
            if more := self.expected.absent - len(self.expected.shown):
                yield f"  never began: and {more} more"
        yield from _some("lost", self.lost, "ledgers name them")
        for name in self.changed:  # all: each is to be deleted
            yield f"  changed: {name}"
        for name, (blocks, cases, seconds, ended) in self.shards.items():
            state = "" if ended else ", still at work or ended early"
            yield f"  {name}: {counted(cases, 'case')} in {counted(blocks, 'file')}, {seconds:.1f} s{state}"
        without = Counter(name for names in self.missing.values() for name in names)
        for name in sorted({*self.made, *without}):
            kinds = self.made.get(name, Counter())
            same = "all made in the same way" if len(kinds) == 1 else f"made in {len(kinds)} different ways"
            ways = f", {same} ({', '.join(one[:8] for one in kinds)})" if kinds else ""
            yield f"  {name}: {counted(kinds.total(), 'case')}{ways}" + (
                f"; {without[name]} missing" if without[name] else ""
            )

    @property
    def _at_least(self) -> str:
        return "at least " if self.expected and self.expected.least < self.expected.most else ""


def sum_up(out: Path, cases: Sequence[Case] | None = None, check: bool = False, unusable: int = 0) -> Summary:
    """Sum up a folder of shards.

    A result is missing where the last process of a shard was asked for it and it is not there, or was made with
    something else than was asked for.

    Args:
        out: the folder.
        cases: what was to be explained; without, what each shard was started with says how many are missing.
        check: whether every file is read and compared with its fingerprint, too.
        unusable: how many rows of the list could not be used.

    Raises:
        InputError: there are no shards.
    """
    index = read_index(out)
    if not index.begun:
        raise InputError(f"Expected shards in {out.name}, found none; name what `run --layout shards --out` was given.")
    known = dict.fromkeys([*index.cases, *index.refused])
    of = list(known if cases is None else dict.fromkeys(case.id for case in cases))
    refused = {case: index.refused[case] for case in of if case in index.refused}
    lacking = {case: index.lacks(case) for case in of if case not in refused}
    expected = _expected(index.begun.values()) if cases is None else None
    return Summary(
        done=sum(not names for names in lacking.values()),
        refused=refused,
        missing={case: names for case, names in lacking.items() if names},
        unnamed=max(0, expected.least - len(known)) if expected else 0,
        expected=expected,
        unusable=unusable,
        made=_made(index, lacking),
        lost=index.broken,
        changed=tuple(
            f"{path.parent.name}/{path.name}" for path, block in index.blocks if check and _digest(path) != block.sha256
        ),
        shards={name: _shard(index, name) for name in index.begun},
        bytes=sum(block.bytes for _, block in index.blocks),
    )


def _made(index: Index, cases: Iterable[str]) -> dict[str, Counter[str]]:
    made: dict[str, Counter[str]] = {}
    for case in cases:
        for name, one in index.newest(case).items():
            made.setdefault(name, Counter())[one] += 1
    return made


def _expected(begun: Iterable[Begun]) -> Expected:
    """Every N-th case from the I-th on are so many only if there are no fewer and no more cases in all than this.

    Where shards speak of different lists, such as one that has grown, the longest counts.
    """
    divisions: dict[int, set[int]] = {}
    least, most = 0, []
    for one in begun:
        divisions.setdefault(one.count, set()).add(one.index)
        least = max(least, one.index + (one.cases - 1) * one.count + 1 if one.cases else 0)
        most.append(one.index + one.cases * one.count)
    highest = max(least, min(most))
    if len(divisions) > 1:  # which of them was meant to be the whole cannot be known
        return Expected(least, highest)
    ((count, present),) = divisions.items()
    with_cases = min(count, highest)
    absent = with_cases - sum(index < with_cases for index in present)
    rest = (index for index in range(with_cases) if index not in present)
    shown = tuple(
        f"the shard {index}/{count}, {_cases(_size(index, count, least), _size(index, count, highest))}"
        for index in islice(rest, min(absent, _SHOWN))
    )
    return Expected(least, highest, absent, shown)


def _size(index: int, count: int, cases: int) -> int:
    """How many of so many cases are in a share."""
    return max(0, (cases - index + count - 1) // count)


def _cases(least: int, most: int) -> str:
    numbers = f"{least}" if least == most else f"{least} or {most}"
    return f"{numbers} case" if most == 1 else f"{numbers} cases"


def _counted(counts: Mapping[str, int]) -> list[str]:
    return [f"{count} {words}" for words, count in counts.items() if count]


def _shard(index: Index, name: str) -> tuple[int, int, float, bool]:
    blocks = [block for path, block in index.blocks if path.parent.name == name]
    stored = [case for block in blocks for case in block.cases]
    return len(blocks), len(stored), sum(case.seconds for case in stored), name in index.ended


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _some(word: str, things: Sequence[str], where: str = "") -> Iterator[str]:
    for thing in things[:_SHOWN]:
        yield f"  {word}: {thing}"
    if len(things) > _SHOWN:
        yield f"  {word}: and {len(things) - _SHOWN} more" + (f"; the {where}" if where else "")
