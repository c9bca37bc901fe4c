"""Which cases a cohort has: patients by split, studies by patient, sizes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from data_cache.errors import InputError
from data_cache.phantom.simulate import LARGEST, SMALLEST, checked_size

SPLITS = ("train", "val", "test")
# Every split has its own range of patient numbers: no patient is in two splits, and a longer cohort begins with the
# cases of a shorter one.
FIRST_PATIENT = {"train": 1, "val": 60001, "test": 80001}
MOST_PATIENTS = {"train": 60000, "val": 20000, "test": 19999}
_NATIVE = (
    (2048, 2048),
    (2048, 1704),
    (1704, 2048),
    (2022, 2021),
    (1760, 1440),
    (1440, 1760),
    (1024, 1024),
    (1280, 1024),
)
_SIZE_STREAM = 1_000_003


@dataclass(frozen=True)
class Planned:
    """One case to be simulated; `size` is (height, width)."""

    split: str
    patient: int
    study: int
    size: tuple[int, int]


def shares(count: int, split: str) -> dict[str, int]:
    """Cases by split: all in one named split, or 70/10/20 for "all" (from 3 cases on, val and test get at least one).

    Raises:
        InputError: the count is not positive or the split unknown.
    """
    if count < 1:
        raise InputError(f"A cohort has at least one case, found a count of {count}: give a positive number.")
    if split in SPLITS:
        return {name: count if name == split else 0 for name in SPLITS}
    if split != "all":
        raise InputError(f"Unknown split {split!r}: expected all, {', '.join(SPLITS)}.")
    val, test = max(round(0.1 * count), int(count >= 3)), max(round(0.2 * count), int(count >= 2))
    return {"train": count - val - test, "val": val, "test": test}


def studies_of(seed: int, patient: int) -> int:
    """Number of a patient's studies: one (half of the patients), two or three."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(patient, 0, _SIZE_STREAM)))
    return int(rng.choice([1, 2, 3], p=[0.5, 0.3, 0.2]))


def plan(seed: int, counts: Mapping[str, int], size: str) -> list[Planned]:
    """The cases of a cohort in order of split, patient and study.

    Raises:
        InputError: a count is negative or beyond a split's patient numbers, or the size cannot be read.
    """
    pick = size_rule(size)
    return [
        Planned(split, patient, study, pick(seed, patient, study))
        for split in SPLITS
        for patient, study in _patients(seed, split, counts.get(split, 0))
    ]


def _patients(seed: int, split: str, count: int) -> Iterator[tuple[int, int]]:
    if not 0 <= count <= MOST_PATIENTS[split]:
        raise InputError(
            f"The {split} split holds 0 to {MOST_PATIENTS[split]} cases, found {count}: give another count."
        )
    patient, done = FIRST_PATIENT[split], 0
    while done < count:
        for study in range(1, studies_of(seed, patient) + 1):
            if done < count:
                yield patient, study
                done += 1
        patient += 1


class size_rule:  # noqa: N801 - reads as a function where it is used
    """How sizes are chosen: a side (512), height x width (1704x2048), a range (320-512), native, or a list of them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.choices = self._read(text)

    @staticmethod
    def _read(text: str) -> tuple[tuple[int, int], ...]:
        if text == "native":
            return _NATIVE
        if "," in text:
            return tuple(shape for part in text.split(",") for shape in size_rule._read(part))
        try:
            if "x" in text:
                height, width = (int(part) for part in text.split("x"))
                sizes: tuple[tuple[int, int], ...] = ((height, width),)
            elif "-" in text:
                low, high = (int(part) for part in text.split("-"))
                sizes = tuple((side, side) for side in range(low, high + 1))
            else:
                sizes = ((int(text), int(text)),)
        except ValueError:
            sizes = ()
        if not sizes or not all(SMALLEST <= side <= LARGEST for shape in sizes for side in shape):
            raise InputError(
                f"A size is a side such as 512, HEIGHTxWIDTH, a range such as 320-512, or native, "
                f"within {SMALLEST} to {LARGEST} pixels; found {text!r}."
            )
        return tuple(checked_size(shape) for shape in sizes)

    def __call__(self, seed: int, patient: int, study: int) -> tuple[int, int]:
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(patient, study, _SIZE_STREAM)))
        return self.choices[int(rng.integers(len(self.choices)))]
