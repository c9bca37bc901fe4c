"""The trust checks the program knows. The page, the command line and the documentation iterate `CHECKS`.

Checks of explanations stand in `checks_of_explanations`, checks of predictions and images in `checks_of_predictions`;
a new check is one module with its functions and one entry there.
"""

from data_cache.errors import InputError
from evaluation.trust import one_map
from evaluation.trust.base import Check
from evaluation.trust.checks_of_explanations import EXPLANATION_CHECKS
from evaluation.trust.checks_of_predictions import PREDICTION_CHECKS

_ENTRIES: tuple[Check, ...] = (*EXPLANATION_CHECKS, *PREDICTION_CHECKS, one_map.ENTRY)

CHECKS: dict[str, Check] = {entry.key: entry for entry in _ENTRIES}
if len(CHECKS) != len(_ENTRIES):
    raise ValueError(f"Expected each check once in the registry, found {[entry.key for entry in _ENTRIES]}.")


def find_check(key: str) -> Check:
    """Return the entry of this name.

    Raises:
        InputError: there is none.
    """
    if key not in CHECKS:
        raise InputError(f"Unknown check {key!r}: expected one of {', '.join(CHECKS)}.")
    return CHECKS[key]
