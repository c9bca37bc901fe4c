"""What every source of cases gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from data_cache.case import Case


class Dataset(Protocol):
    """An opened source. Cases are told from tables and annotations; images are read by `Case.read` alone."""

    def splits(self) -> Sequence[str]:
        """The splits there are, in the order of the page; a dataset without any names one."""
        ...

    def cases(self, split: str) -> Sequence[Case]:
        """The cases of a split, always in the same order.

        Raises:
            InputError: no such split, or one of its files is wrong.
        """
        ...

    def gaps(self, split: str) -> Sequence[str]:
        """A sentence for each thing that the split should have and has not."""
        ...


@dataclass(frozen=True)
class SourceEntry:
    """One source of the registry.

    Attributes:
        key: name in commands.
        label: name on the page.
        words: what it holds and how it is laid out, in a sentence or two.
        paper: where it is from, with the year.
        open: opens the dataset below a root; where `bundled`, of the root None.
        bundled: whether it comes with the program and needs no root.
    """

    key: str
    label: str
    words: str
    paper: str
    open: Callable[[Path | None], Dataset]
    bundled: bool = False
