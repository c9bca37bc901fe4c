"""What a cohort is made of: outputs, and masks from a file or what a registered dataset marks."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from data_cache.demo import DEMO_ROOT
from data_cache.errors import InputError
from data_cache.geometry import Alignment
from evaluation.readers.measuring import CEILING
from evaluation.readers.truth import MARKED, Choices
from evaluation.scoring import Row
from evaluation.truth.forms import WORDS, TruthForms
from evaluation.truth.ground_truth import Masks, read_human_benchmark, read_masks
from evaluation.truth.human import HUMAN, score_human
from evaluation.truth.source import TruthSource

FORMAT = 3  # of what is kept; another number has everything made again
OF_DATASETS = 2  # the same of what datasets mark: since 2, cases that a chosen reader did not read are left out


@dataclass(frozen=True)
class CohortFiles:
    """What a cohort is made of.

    Attributes:
        key: short name, unique in the app; label: what the page calls it.
        maps: outputs of `explainers run`, a folder or a ZIP archive of one.
        masks: gt_segmentations_*.json; None where a dataset marks the truth.
        tune_maps, tune_masks: the same of the cases that thresholds are tuned on; None without.
        further_maps, further_tune_maps: more of both, of other methods or models; they follow as further rows.
        human_masks, human_points: the human benchmark; None without.
        source: the dataset, with the split to tune on and what is true where several people read.
    """

    key: str
    label: str
    maps: Path
    masks: Path | None = None
    tune_maps: Path | None = None
    tune_masks: Path | None = None
    human_masks: Path | None = None
    human_points: Path | None = None
    source: TruthSource | None = None
    further_maps: tuple[Path, ...] = ()
    further_tune_maps: tuple[Path, ...] = ()

    def read_as(self, readers: str) -> "CohortFiles":
        """The same with another truth where several people read, see `evaluation.readers.truth`; read anew."""
        return self if self.source is None else replace(self, source=replace(self.source, readers=readers))

    @property
    def readers(self) -> str:
        """What is true where several people read."""
        return MARKED if self.source is None else self.source.readers

    def truth(self) -> tuple[Masks, Masks]:
        """The masks to score, and those to tune on, of none without.

        Raises:
            InputError: they are missing or wrong, or of several forms, whose scores must not be averaged.
        """
        if self.source is not None:
            found = self.source.masks()
        elif self.masks is not None:
            found = read_masks(self.masks), read_masks(self.tune_masks) if self.tune_masks else Masks({})
        else:
            raise InputError("Expected masks of the cohort or a dataset that marks them, found neither; give one.")
        _check_forms(found)
        return found

    def people(self, truth: Masks, processes: int) -> dict[str, list[Row]]:
        """Rows of people beside the methods, by what they are called; empty where only one person read each image.

        Raises:
            InputError: a file of the human benchmark is missing or wrong.
        """
        found: dict[str, list[Row]] = {}
        if self.human_masks is not None:
            found[HUMAN] = score_human(truth, read_human_benchmark(self.human_masks, self.human_points))[0]
        one_reader = [] if self.source is None else list(self.source.one_reader(processes))
        return found | ({CEILING: one_reader} if one_reader else {})

    def choices(self) -> Choices | None:
        """What may be true where several people read; None where none of the images was read by several."""
        return None if self.source is None else self.source.choices()

    def fingerprint(self, alignment: Alignment) -> str:
        """Hash of everything the curves depend on: contents of files, names, sizes and times of a folder's files."""
        digest = hashlib.sha256(f"{FORMAT} {alignment}".encode())
        for name, value in ((field.name, getattr(self, field.name)) for field in fields(self)):
            for path in value if isinstance(value, tuple) else [value] if isinstance(value, Path) else []:
                digest.update(f"{name}\n{_fingerprint(path)}\n".encode())
        if self.source is not None:
            said = {field.name: str(getattr(self.source, field.name)) for field in fields(self.source)}
            files = _listing(self.source.root or DEMO_ROOT, "**/*")
            digest.update(json.dumps([OF_DATASETS, said, files]).encode())
        return digest.hexdigest()


def _check_forms(masks: tuple[Masks, Masks]) -> None:
    present = sorted({form for one in masks if one.cases for form in TruthForms.of(one).present})
    if len(present) > 1:
        found = " and ".join(WORDS[form].removeprefix("against ") for form in present)
        raise InputError(
            f"Expected marks of one form in {masks[0].origin}, found {found}, whose scores are never averaged; score "
            "them by `python -m evaluation benchmark`, which has rows for each."
        )


def _fingerprint(path: Path) -> str:
    if path.is_dir():
        return hashlib.sha256(json.dumps(_listing(path, "*/*")).encode()).hexdigest()
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        raise InputError(f"Expected a file or folder called {path.name}, found none; check the path.") from None


def _listing(folder: Path, pattern: str) -> list[list[str | int]]:
    """Name, size and time of each file, sorted."""
    return [
        [file.relative_to(folder).as_posix(), (s := file.stat()).st_size, s.st_mtime_ns]
        for file in sorted(_files(folder, pattern))
    ]


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    return (file for file in folder.glob(pattern) if file.is_file())
