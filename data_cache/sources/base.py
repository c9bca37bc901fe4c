"""What every source of cases gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from data_cache.case import Case
from data_cache.label_mapping import LabelMapping
from data_cache.marks import Form

CHEXPERT = LabelMapping({})  # of datasets whose labels are CheXpert's own


class Dataset(Protocol):
    """An opened source. Cases are told from tables and annotations; images are read by `Case.read` alone.

    A class that inherits from it needs `splits` and `cases` alone.
    """

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
        return ()

    def problems(self, split: str) -> Sequence[str]:
        """A sentence for each annotation that cannot be used and is left out, with its line."""
        return ()

    def notes(self, split: str) -> Sequence[str]:
        """A sentence for each thing to know about the split: what labels were taken for, what was left out."""
        return ()


@dataclass(frozen=True)
class SourceEntry:
    """One source of the registry.

    Attributes:
        key: name in commands.
        label: name on the page.
        words: what it holds and how it is laid out, in a sentence or two.
        paper: where it is from, with the year.
        open: opens the dataset below a root (where `bundled`, of the root None), its words meaning what a mapping says.
        bundled: whether it comes with the program and needs no root.
        labels: what its own words mean; those of `CHEXPERT` are CheXpert's, and cannot be mapped otherwise.
        forms: as what it says where a finding is.
        licence: under which terms it comes, and from where.
        needs_images: whether its annotations are of no use without the images.
    """

    key: str
    label: str
    words: str
    paper: str
    open: Callable[[Path | None, LabelMapping], Dataset]
    bundled: bool = False
    labels: LabelMapping = CHEXPERT
    forms: tuple[Form, ...] = ("mask",)
    licence: str = "your own"
    needs_images: bool = True
