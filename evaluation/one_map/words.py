"""What a comparison shows, in plain words."""

import numpy as np

from evaluation.one_map.comparing import GATES, RAW, Comparison

SAME = 1e-3  # of the largest share: maps that differ by no more are one picture
_COUNTS = {3: "Three", 4: "Four"}


def is_one_map(comparison: Comparison) -> bool:
    """Whether every two ways, and the raw map where there is one, differ by at most a thousandth of the largest share.

    Integrated gradients may differ by what their steps leave open besides. What samples leave open counts for nothing:
    where cells do not act together there is no such error.
    """
    return all(
        one.difference <= SAME * comparison.strongest + (_open(comparison) if GATES in (one.first, one.second) else 0)
        for one in comparison.agreements
    )


def conclusion(comparison: Comparison) -> str:
    """One sentence with the numbers that it rests on."""
    count = _COUNTS[sum(way.key != RAW for way in comparison.ways)]
    if is_one_map(comparison):
        clear = comparison.difference <= SAME * comparison.strongest
        steps = "" if clear else f" (the integral's steps leave {scientific(_open(comparison))} open)"
        return (
            f"{count} ways to ask, one answer: they differ by at most {scientific(comparison.difference)} logits"
            f"{steps}, where the largest share is {comparison.strongest:.2f}."
        )
    low, high = comparison.ranks
    if np.isnan(low):
        return f"{count} ways to ask, and shares that are all the same."
    return (
        f"{count} ways to ask, different answers: rank correlations of {low:.2f} to {high:.2f}, and up to "
        f"{comparison.difference:.2f} logits between two shares of one cell, where the largest is "
        f"{comparison.strongest:.2f}."
    )


def _open(comparison: Comparison) -> float:
    """What the integral's steps leave open, in logits."""
    return max((way.error for way in comparison.ways if way.key == GATES and not np.isnan(way.error)), default=0.0)


def scientific(value: float) -> str:
    """One digit and the power of ten, such as 3e-6."""
    mantissa, _, power = f"{value:.0e}".partition("e")
    return f"{mantissa}e{int(power)}" if value else "0"
