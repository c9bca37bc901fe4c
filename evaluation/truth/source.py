"""The marks of a registered dataset as ground truth."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from data_cache.errors import InputError
from data_cache.sources.base import Dataset
from data_cache.sources.registry import labels_of, open_source
from evaluation.problems import Problem
from evaluation.readers.truth import MARKED, Choices, agreed_truth, human_ceiling, reader_choices
from evaluation.scoring import Row
from evaluation.truth.ground_truth import Masks


@dataclass(frozen=True)
class TruthSource:
    """A dataset whose marks maps are scored against.

    Attributes:
        key, root: of the registry, and where it lies.
        split: that is scored; None for the only one there is.
        tune_split: whose cases thresholds are tuned on; None for none.
        mapping, roll_up, near: what its labels mean, see `data_cache.label_mapping`.
        readers: what is true where several people read an image, see `readers.truth`.
    """

    key: str
    root: Path | None = None
    split: str | None = None
    tune_split: str | None = None
    mapping: Path | None = None
    roll_up: bool = False
    near: bool = False
    readers: str = MARKED

    def check(self) -> None:
        """Open the dataset, without reading its annotations.

        Raises:
            InputError: there is no such dataset or split, or it has several and none is named.
        """
        known = self._dataset.splits()
        for split in (self._scored, self.tune_split):
            if split and split not in known:
                raise InputError(f"Expected one of the splits {', '.join(known)} of {self.key}, found {split!r}.")

    def masks(self) -> tuple[Masks, Masks]:
        """The masks of the split, and of the one to tune on; of none without one.

        Raises:
            InputError: there is no such dataset or split, or it has several and none is named.
        """
        tuned = self._masks(self.tune_split) if self.tune_split else Masks({})
        return self._masks(self._scored), tuned

    def one_reader(self, processes: int) -> tuple[Row, ...]:
        """How well one reader does against the others, on the cases of the split that several people read.

        Raises:
            InputError: as `masks`.
        """
        return human_ceiling(self._dataset.cases(self._scored), self.readers, processes)

    def choices(self) -> Choices | None:
        """What may be true where several people read; None where none of the split's images was read by several.

        Raises:
            InputError: as `masks`.
        """
        return reader_choices(self._dataset.cases(self._scored))

    @cached_property
    def _dataset(self) -> Dataset:
        return open_source(self.key, self.root, labels_of(self.key, self.mapping, self.roll_up, self.near))

    @property
    def _scored(self) -> str:
        return self.split or _only(self._dataset.splits(), self.key)

    def _masks(self, split: str) -> Masks:
        dataset = self._dataset
        unusable = [
            Problem("annotation that cannot be used", f"{self.key}, {split}", sentence)
            for sentence in dataset.problems(split)
        ]
        masks = Masks.of_cases(dataset.cases(split), unusable)
        if not masks.findings:
            first = next(iter((*dataset.gaps(split), *dataset.notes(split), *dataset.problems(split))), "")
            raise InputError(f"Expected something marked in {self.key}, {split}, found nothing. {first}")
        marked = replace(masks, origin=f"{self.key}, {split}", notes=tuple(dataset.notes(split)))
        return agreed_truth(marked, dataset.cases(split), self.readers)


def described(masks: Masks) -> dict[str, Any]:
    """Say for a manifest which masks a dataset gave, with a checksum of all of them."""
    lines = sorted(
        f"{case} {finding} {masks.forms[case][finding]} {mask.size[1]}×{mask.size[0]} {mask.counts}\n"
        for case, found in masks.cases.items()
        for finding, mask in found.items()
    )
    return {
        "dataset": masks.origin,
        "cases": len(masks.cases),
        "notes": list(masks.notes),
        "sha256": hashlib.sha256("".join(lines).encode()).hexdigest(),
        "sha256_of": "the lines '<case> <finding> <form> <width>×<height> <mask in COCO's run lengths>', sorted",
    }


def _only(splits: Sequence[str], key: str) -> str:
    if len(splits) != 1:
        raise InputError(f"Expected the split of {key} to score, found none named; give --split {' or '.join(splits)}.")
    return splits[0]
