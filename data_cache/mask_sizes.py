"""Masks of a radiograph that are of another size than it: one of them shall not take the others with it."""

from collections import Counter
from collections.abc import Mapping

from data_cache.masks import Rle

Size = tuple[int, int]  # (height, width)


def odd_masks(masks: Mapping[str, Rle], size: Size | None = None) -> tuple[Size, list[str]]:
    """Tell which masks do not fit.

    Args:
        masks: of one radiograph, by finding.
        size: of the radiograph where it is known; else most of the masks decide, among equals the first.

    Returns:
        (the size, the findings whose masks are of another one).
    """
    sizes = Counter(mask.size for mask in masks.values())
    expected = size or (max(sizes, key=lambda one: sizes[one]) if sizes else (0, 0))
    return expected, [finding for finding, mask in masks.items() if mask.size != expected]
