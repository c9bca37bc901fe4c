"""The phantom cases and cached outputs that come with the program."""

from functools import cache
from pathlib import Path

from data_cache.bundled_films import DEMO_ROOT
from data_cache.case import Case

DEMO_OUTPUTS = DEMO_ROOT / "outputs"
DEMO_PATCHES = DEMO_ROOT / "patches-test.safetensors"


@cache
def bundled_cases() -> tuple[Case, ...]:
    """Return the bundled cases of all splits; empty where the program came without them."""
    return cases_below(DEMO_ROOT)


def outputs_of_families(split: str) -> tuple[Path, ...]:
    """The archives of outputs that hold one model each, outputs-MODEL-SPLIT.zip; those that are there, sorted."""
    return tuple(sorted(DEMO_ROOT.glob(f"outputs-*-{split}.zip")))


def cases_below(root: Path) -> tuple[Case, ...]:
    """Return all cases of a root in the CheXlocalize layout; empty where there is no such folder.

    Raises:
        InputError: the folder is there, but not in that layout.
    """
    if not root.is_dir() or not (root / "CheXpert").is_dir():
        return ()
    from data_cache.sources.registry import find_cases  # which knows where the bundled cases lie from here

    return tuple(find_cases("chexlocalize", root))
