"""Entries of the checks that ask whether a map is faithful, stable and honest."""

from evaluation.trust.base import Check

EXPLANATION_CHECKS: tuple[Check, ...] = ()
