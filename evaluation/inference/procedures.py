"""What intervals and tests are called and how they are made: the words that stand beside the numbers everywhere."""

from collections.abc import Mapping

from evaluation.inference.intervals import BOOTSTRAP, WILSON, Unit
from evaluation.inference.sign_flip import FLIPS, LEAST_PATIENTS, MOST_EXACT, SignFlip

TEST = "sign-flip permutation by patient"
HOLM = "Holm"


def name_of_test(test: SignFlip) -> str:
    """What the test of a difference is called."""
    return f"{TEST}, exact" if test.exact else f"{TEST}, {FLIPS:,} flips"


def definitions(resamples: int, seed: int, unit: Unit) -> Mapping[str, str]:
    """One sentence or two for each kind of interval, the test and its correction, by name.

    Args:
        resamples, seed, unit: of the bootstrap.
    """
    drawn = "patients, all images of one together" if unit == "patient" else "images"
    trials = (
        "of the images, their number divided by the design effect where patients have several"
        if unit == "patient"
        else "of the images, taken as independent"
    )
    return {
        BOOTSTRAP: f"95 %: the 2.5 % and 97.5 % quantiles of {resamples:,} resamples of {drawn}, seed {seed}; none of "
        f"fewer than {LEAST_PATIENTS} patients. Of means of IoU, of means over findings, and of differences.",
        WILSON: f"95 % score interval {trials}. Of one finding's hit rate, for any number of patients.",
        TEST: "two-sided: the share of flips of the patients' signs, all images of one "
        "together, whose mean difference is at least as far from 0 (ties count). All flips where at most "
        f"{MOST_EXACT} patients differ, else {FLIPS:,} with seed {seed}; none of fewer than {LEAST_PATIENTS} patients. "
        "It supposes that a patient's difference is as likely to have either sign where methods are equally good.",
        HOLM: "p-values of all differences of the table, adjusted together: any false rejection below α with "
        "probability at most α.",
    }
