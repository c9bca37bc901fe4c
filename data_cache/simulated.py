"""Which cases are phantoms of this project: nothing in a film says it, so its source, name or content must."""

import re

from data_cache.bundled_films import is_bundled_file
from data_cache.case import Case

_NAME = re.compile(r"patientPHANTOM\d+")


def is_simulated(case: Case) -> bool:
    """Whether a case is a phantom: of a cohort of phantoms, by the name that each of them has, or a bundled film."""
    known = case.bundled or looks_simulated(case.source, case.id)
    return known or (case.image_path is not None and is_bundled_file(case.image_path))


def looks_simulated(source: str, case_id: str) -> bool:
    """The same of a case of which only the source and the id are known."""
    return source.startswith("phantom") or _NAME.search(case_id) is not None
