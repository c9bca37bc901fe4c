"""Which masks a floor may be made of: never those of the patients who are scored with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from evaluation.inference.intervals import groups_of
from evaluation.truth.ground_truth import Masks

FOLDS = 5
_SEED = 0


@dataclass(frozen=True)
class Folds:
    """Patients whose masks are left out together.

    Attributes:
        of_case: the fold of each case whose patient is to be left out; of any other case's floors nobody is.
        count: how many there are; 0 where the patients with masks to learn from are others than those scored.
    """

    of_case: Mapping[str, int]
    count: int

    @classmethod
    def between(cls, known: Masks, scored: Masks) -> "Folds":
        """Divide patients into FOLDS at random, the same in every run, where any of them is scored, too.

        Args:
            known: masks to learn from.
            scored: masks that are scored.
        """
        learned, patients = _patients(known), _patients(scored)
        names = sorted(set(learned.values()))
        if not set(names) & set(patients.values()):
            return cls({}, 0)
        count = min(FOLDS, len(names))
        places = np.random.default_rng(_SEED).permutation(len(names)) % count
        fold = dict(zip(names, places.tolist(), strict=True))
        cases = patients | learned
        return cls({case: fold[patient] for case, patient in cases.items() if patient in fold}, count)

    def place(self, case: str) -> int:
        """Which of the `count` + 1 versions of a floor a case is scored with: the last leaves nobody out."""
        return self.of_case.get(case, self.count)

    def learned_from(self, case: str, version: int) -> bool:
        """Whether a version of a floor may be made of a case's masks."""
        return version == self.count or self.place(case) != version

    @property
    def versions(self) -> Iterable[int]:
        """Numbers of the versions."""
        return range(self.count + 1)


def _patients(masks: Masks) -> dict[str, str]:
    """The patient of each case: as the dataset says, else as intervals tell it from the id."""
    by_id = zip(masks.cases, groups_of(list(masks.cases), "patient"), strict=True)
    return dict(by_id) | {case: patient for case, patient in masks.patients.items() if case in masks.cases}
