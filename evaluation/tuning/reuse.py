"""Cases on which thresholds were tuned and which are scored as well: such scores are too good."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from evaluation.inference.intervals import groups_of


@dataclass(frozen=True)
class Reuse:
    """How many of the scored cases and patients thresholds were tuned on.

    Attributes:
        scored, patients: how many there are.
        cases: scored cases that were tuned on.
        shared_patients: their patients, and those of whom other images were tuned on.
    """

    scored: int
    patients: int
    cases: int
    shared_patients: int

    @property
    def sentence(self) -> str:
        """A warning; "" where nothing is shared."""
        if not self.shared_patients:
            return ""
        return (
            f"THRESHOLDS WERE TUNED ON SCORED CASES: {self.cases} of {self.scored} cases, {self.shared_patients} of "
            f"{self.patients} patients; IoU and what is compared with it is too good, tune on other patients."
        )


def reuse(tuned_on: Collection[str], scored: Collection[str], patient_of: Mapping[str, str]) -> Reuse:
    """Compare the ids of the cases, and their patients (see `groups_of`)."""
    tuned, tested = (set(groups_of(sorted(cases), "patient", patient_of)) for cases in (tuned_on, scored))
    return Reuse(len(set(scored)), len(tested), len(set(tuned_on) & set(scored)), len(tuned & tested))
