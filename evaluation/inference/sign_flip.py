"""The sign-flip permutation test of paired differences, by patient (Fisher, The Design of Experiments, 1935).

If two methods are equally good, the difference of a patient's scores is as likely to have one sign as the other. So
the patients' signs are flipped, all images and findings of a patient together, and the p-value is the share of the
flips whose mean is at least as far from 0 as the one that was found: two-sided, and ties count as being as far, so
that the test does not reject more often than it says. With six patients its p-values are multiples of 1/32. Those of
one finding's hits, whose differences are -1, 0 or 1, are coarser still: there it rejects less often than 5 %.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_PATIENTS = 6  # with five the least p-value is 1/16: no difference whatever would be below 0.05
MOST_EXACT = 17  # patients with a difference: 2^16 flips, and as many mirror images of them
FLIPS = 100_000
_EQUAL = 1e-10  # of the sum of all sizes: sums closer than that differ by rounding
_FLIPS_A_CHUNK = 1024


@dataclass(frozen=True)
class SignFlip:
    """The outcome of one test.

    Attributes:
        p: two-sided; NaN below LEAST_PATIENTS.
        patients: with a paired difference.
        exact: whether all flips were looked at.
    """

    p: float
    patients: int
    exact: bool


def patient_sums(values: NDArray[np.float64], groups: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sum each column over the cases of each patient.

    Args:
        values: float64 (n, k), one row a case, NaN where undefined.
        groups: (n,) the patient of each case.

    Returns:
        (sums, counts): float64 and int64 (patients, k), patients in order of their names; how many values a sum has.
    """
    names, patient_of_case = np.unique(np.asarray(groups), return_inverse=True)
    defined = ~np.isnan(values)
    sums = np.zeros((len(names), values.shape[1]))
    counts = np.zeros(sums.shape, np.int64)
    np.add.at(sums, patient_of_case, np.where(defined, values, 0))
    np.add.at(counts, patient_of_case, defined)
    return sums, counts


def mean_effects(sums: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """What each patient adds to the mean over findings of the findings' means.

    Args:
        sums, counts: (patients, findings), see `patient_sums`.

    Returns:
        float64 (patients,); their sum is the mean over the findings that have a value.
    """
    cases = counts.sum(axis=0)
    known = cases > 0
    return (sums[:, known] / cases[known]).sum(axis=1) / max(1, np.count_nonzero(known))


def sign_flips(effects: NDArray[np.float64], patients: NDArray[np.int64], seed: int) -> list[SignFlip]:
    """Test several differences at once.

    Args:
        effects: float64 (patients, k): what each patient adds to each of k differences, up to a common factor; 0 for a
            patient without a value.
        patients: (k,) how many patients have a value.
        seed: of the flips, where not all of them are looked at; the same flips for every difference.

    Returns:
        One a column: exact where at most MOST_EXACT patients have a difference that is not 0 (the others change
        nothing), else from FLIPS random flips, with which the one that was found is counted.
    """
    sizes = np.abs(effects).sum(axis=0)
    differing = np.abs(effects) > _EQUAL * sizes
    exact = differing.sum(axis=0) <= MOST_EXACT
    enough = np.asarray(patients) >= LEAST_PATIENTS
    found = np.full(effects.shape[1], np.nan)
    for k in np.flatnonzero(exact & enough):
        found[k] = _exact(effects[differing[:, k], k], _EQUAL * sizes[k])
    drawn = np.flatnonzero(~exact & enough)
    if len(drawn):
        found[drawn] = _drawn(effects[:, drawn], _EQUAL * sizes[drawn], seed)
    return [SignFlip(float(p), int(n), bool(one)) for p, n, one in zip(found, patients, exact, strict=True)]


def _exact(effects: NDArray[np.float64], tolerance: float) -> float:
    """The share of all flips that are as far from 0; half of them will do, for the others mirror these."""
    sums = effects[:1]
    for effect in effects[1:]:
        sums = np.concatenate([sums + effect, sums - effect])
    return float((np.abs(sums) >= abs(effects.sum()) - tolerance).mean()) if len(effects) else 1.0


def _drawn(effects: NDArray[np.float64], tolerances: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    found = effects.sum(axis=0)
    reach = np.abs(found) - tolerances
    low, high = (found - reach) / 2, (found + reach) / 2  # what is flipped is taken away twice
    beyond = np.zeros(effects.shape[1], np.int64)
    for flipped in _flips(len(effects), seed):
        taken = flipped @ effects
        beyond += np.count_nonzero((taken <= low) | (taken >= high), axis=0)
    return (1 + beyond) / (1 + FLIPS)


def _flips(patients: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield float64 (b, patients), 1 for each patient whose sign is flipped: the bits of the Mersenne Twister, a flip
    in whole bytes, lowest bit first. The page draws the same ones (ui/js/benchmark/sign_flip.js).
    """
    width = -(-patients // 8)
    generator = np.random.RandomState(seed % 2**32)  # a generator that is easily written elsewhere
    drawn = np.frombuffer(generator.bytes(FLIPS * width), np.uint8).reshape(FLIPS, width)
    for start in range(0, FLIPS, _FLIPS_A_CHUNK):
        bits = np.unpackbits(drawn[start : start + _FLIPS_A_CHUNK], axis=1, count=patients, bitorder="little")
        yield bits.astype(np.float64)
