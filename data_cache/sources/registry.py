"""The datasets the program knows. A new one is one file with one entry, and one line here."""

from collections.abc import Iterable
from pathlib import Path

from data_cache.case import Case
from data_cache.errors import InputError
from data_cache.sources import chexlocalize
from data_cache.sources.base import Dataset, SourceEntry


def registered(entries: Iterable[SourceEntry]) -> dict[str, SourceEntry]:
    """Entries by key.

    Raises:
        ValueError: two have the same key.
    """
    found: dict[str, SourceEntry] = {}
    for entry in entries:
        if entry.key in found:
            raise ValueError(f"Expected each source once in the registry, found {entry.key} twice.")
        found[entry.key] = entry
    return found


SOURCES: dict[str, SourceEntry] = registered((chexlocalize.CHEXLOCALIZE, chexlocalize.PHANTOM, chexlocalize.DEMO))


def find_source(key: str) -> SourceEntry:
    """Return the entry of this name.

    Raises:
        InputError: there is none.
    """
    if key not in SOURCES:
        raise InputError(f"Unknown source {key!r}: expected one of {', '.join(SOURCES)}.")
    return SOURCES[key]


def open_source(key: str, root: Path | None) -> Dataset:
    """Open a dataset.

    Raises:
        InputError: there is no such source, or nothing of its kind at the root.
    """
    return find_source(key).open(root)


def find_cases(key: str, root: Path | None, split: str | None = None) -> list[Case]:
    """The cases of a split, or of all.

    Raises:
        InputError: there is no such source or split, or nothing of its kind at the root.
    """
    dataset = open_source(key, root)
    return [case for name in ((split,) if split else dataset.splits()) for case in dataset.cases(name)]
