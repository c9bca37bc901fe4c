"""What a comparison shows, in plain words."""

import numpy as np

from evaluation.one_map.comparing import RAW, Comparison

SAME = 1e-3  # of the largest share: maps that differ by no more are one picture
_COUNTS = {3: "Three", 4: "Four"}


def is_one_map(comparison: Comparison) -> bool:
    """Whether all ways, and the raw map where there is one, differ by at most a thousandth of the largest share."""
    return comparison.difference <= SAME * comparison.strongest


def conclusion(comparison: Comparison) -> str:
    """One sentence with the numbers that it rests on."""
    count = _COUNTS[sum(way.key != RAW for way in comparison.ways)]
    if is_one_map(comparison):
        return (
            f"{count} ways to ask, one answer: they differ by at most {scientific(comparison.difference)} logits, "
            f"where the largest share is {comparison.strongest:.2f}."
        )
    low, high = comparison.ranks
    if np.isnan(low):
        return f"{count} ways to ask, and shares that are all the same."
    return (
        f"{count} ways to ask, different answers: rank correlations of {low:.2f} to {high:.2f}, and up to "
        f"{comparison.difference:.2f} logits between two shares of one cell, where the largest is "
        f"{comparison.strongest:.2f}."
    )


def scientific(value: float) -> str:
    """One digit and the power of ten, such as 3e-6."""
    mantissa, _, power = f"{value:.0e}".partition("e")
    return f"{mantissa}e{int(power)}" if value else "0"
