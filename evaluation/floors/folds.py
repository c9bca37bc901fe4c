"""Which masks a floor may be made of: never those of the patients who are scored with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from evaluation.intervals import groups_of

FOLDS = 5
_SEED = 0


def patient_of(case: str) -> str:
    """The patient of a case, as intervals group them."""
    return groups_of([case], "patient")[0]


@dataclass(frozen=True)
class Folds:
    """Patients whose masks are left out together.

    Attributes:
        of_patient: the fold of each patient who is to be left out; of anybody else's prior nothing is left out.
        count: how many there are; 0 where the patients with masks to learn from are others than those scored.
    """

    of_patient: Mapping[str, int]
    count: int

    @classmethod
    def between(cls, known: Iterable[str], scored: Iterable[str]) -> "Folds":
        """Divide patients into FOLDS at random, the same in every run, where any of them is scored, too.

        Args:
            known: cases whose masks there are to learn from.
            scored: cases that are scored.
        """
        patients = sorted({patient_of(case) for case in known})
        if not set(patients) & {patient_of(case) for case in scored}:
            return cls({}, 0)
        count = min(FOLDS, len(patients))
        places = np.random.default_rng(_SEED).permutation(len(patients)) % count
        return cls(dict(zip(patients, places.tolist(), strict=True)), count)

    def place(self, case: str) -> int:
        """Which of the `count` + 1 versions of a floor a case is scored with: the last leaves nobody out."""
        return self.of_patient.get(patient_of(case), self.count)

    def learned_from(self, case: str, version: int) -> bool:
        """Whether a version of a floor may be made of a case's masks."""
        return version == self.count or self.place(case) != version
