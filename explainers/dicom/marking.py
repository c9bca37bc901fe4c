"""What a map marks above a threshold, laid into the source's own pixel matrix."""

import numpy as np
from numpy.typing import NDArray

from explainers.dicom.results import Marked, Number
from explainers.explanation import Explanation, enlarge
from explainers.registry import find_method


def marked_of(explanation: Explanation, finding: str, threshold: float, fractional: bool = False) -> Marked | None:
    """Return what a map marks of a finding, as the page does; None where it marks nothing.

    Args:
        explanation: of the image.
        finding: CheXpert's name.
        threshold: the share of the map's own range, from its minimum or, where the method's floor is zero, from zero.
        fractional: whether its strength is wanted, too.
    """
    values = explanation.map_of(finding)
    positive = find_method(explanation.method).view.floor == "zero"
    geometry = explanation.geometry
    laid = enlarge((np.maximum(values, 0) if positive else values)[None], geometry.input_size, explanation.resampling)
    scored = laid[0]
    least, most = float(scored.min()), float(scored.max())
    least = min(least, 0.0) if positive else least
    if not most > least:  # nor where the model does not predict the finding
        return None
    share = (scored - np.float32(least)) / np.float32(most - least)
    mask = geometry.mask_to_original(share > threshold)
    if not mask.any():
        return None
    strength = np.clip(np.nan_to_num(geometry.map_to_original(share, "aligned")), 0, 1) if fractional else None
    return Marked(finding, mask, strength, (_share_of_image(mask),))


def _share_of_image(mask: NDArray[np.bool_]) -> Number:
    return Number("Share of the image that is marked", float(mask.mean()))


def cut_words(explanation: Explanation, threshold: float) -> str:
    """Where a map is cut, in words."""
    floor = "maximum" if find_method(explanation.method).view.floor == "zero" else "range"
    return f"above {100 * threshold:.0f} % of its {floor}"
