"""The form in which a method's maps are scored, from what the registry says of it."""

from data_cache.geometry import Alignment
from evaluation.localization import Map
from explainers.entry import View
from explainers.explanation import enlarge


def scored_form(values: Map, view: View, size: int, alignment: Alignment) -> Map:
    """Bring a map into the form that the published evaluation scores, at the size of the model's input.

    In `paper` alignment this is the official export, clip and all. In `aligned`, maps of cells keep their full
    precision: the export leaves a few distinct values of a map scaled by a tiny probability.

    Args:
        values: float32 (h, w), signed, at the method's own resolution.
        view: of the method.
        size: side of the model's input.
        alignment: of the evaluation.

    Returns:
        (size, size) float32.
    """
    if keeps_values(view, alignment):
        return enlarge(values[None], size, view.resampling)[0]
    return view.published(values[None], size)[0]


def keeps_values(view: View, alignment: Alignment) -> bool:
    """Whether the form holds a map's own values, unchanged."""
    return alignment == "aligned" and view.resampling == "nearest"
