"""The methods the program knows. A new one is one file with one class and one entry, and one line here.

The page, the command line, the benchmark and the contract test all go through `EXPLAINERS`.
"""

import difflib
from collections.abc import Iterable

from data_cache.errors import InputError
from explainers import (
    ablationcam,
    eigencam,
    eigengradcam,
    finercam,
    gradcam,
    gradcam_plus_plus,
    layercam,
    raw,
    scaled,
)
from explainers.attention import given, regions, relevance, rollout
from explainers.entry import Entry
from explainers.gradients import deeplift, gradientshap, guided, input_x_gradient, integrated, lrp, smoothgrad
from explainers.masks import segmentation
from explainers.perturbation import occlusion, rise, scorecam


def registered(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Entries by key.

    Raises:
        ValueError: two have the same key, or a key holds "@", which separates a method from a model.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.key in found or "@" in entry.key:
            raise ValueError(f"Expected each method once in the registry, without @, found {entry.key}.")
        found[entry.key] = entry
    return found


EXPLAINERS: dict[str, Entry] = registered(
    (
        raw.ENTRY,
        scaled.ENTRY,
        gradcam.ENTRY,
        gradcam_plus_plus.ENTRY,
        eigencam.ENTRY,
        layercam.LAYERCAM,
        layercam.ELEMENT_WISE,
        eigengradcam.ENTRY,
        ablationcam.ENTRY,
        finercam.ENTRY,
        input_x_gradient.ENTRY,
        integrated.ENTRY,
        smoothgrad.ENTRY,
        gradientshap.ENTRY,
        guided.ENTRY,
        deeplift.ENTRY,
        lrp.ENTRY,
        occlusion.ENTRY,
        rise.ENTRY,
        scorecam.ENTRY,
        rollout.ENTRY,
        relevance.ENTRY,
        given.ENTRY,
        regions.ENTRY,
        segmentation.ENTRY,
    )
)
STANDARD: tuple[str, ...] = tuple(key for key, entry in EXPLAINERS.items() if entry.standard)


def find_method(key: str) -> Entry:
    """Return the entry of this name.

    Raises:
        InputError: there is none.
    """
    if key not in EXPLAINERS:
        _refuse_equal(key)
        near = difflib.get_close_matches(key, EXPLAINERS, n=1)
        hint = f"; did you mean {near[0]}?" if near else "."
        raise InputError(f"Unknown method {key!r}: expected one of {', '.join(EXPLAINERS)}{hint}")
    return EXPLAINERS[key]


def _refuse_equal(key: str) -> None:
    """Say of a published method that is no entry of its own which one it equals.

    Raises:
        InputError: it is one of these.
    """
    plain = key.lower().replace("-", "").replace("_", "")
    for entry in EXPLAINERS.values():
        for name in entry.equals:
            if plain == name.lower().replace("-", ""):
                raise InputError(
                    f"Expected a method of the list, found {name}, which on the last block is {entry.key}; take "
                    f"{entry.key}, on an earlier layer with {entry.key}.formula={plain}."
                )
