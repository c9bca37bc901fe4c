"""Entries of the checks that ask about probabilities and images rather than maps."""

from evaluation.trust.base import Check

PREDICTION_CHECKS: tuple[Check, ...] = ()
