"""How maps of attention are read: from the least that any place has."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from explainers.entry import View
from explainers.published import cam_picture
from explainers.types import FloatArray

if TYPE_CHECKING:
    from explainers.explanation import Explanation


def from_least(maps: FloatArray, _parameters: Mapping[str, Any]) -> FloatArray:
    """Maps (n, h, w), each less its own smallest value: (n, h, w) float32 from 0 up; NaN stays.

    Attention hardly ever leaves a place out, so 0 tells no places apart: drawn and cut from there, values that are
    nearly the same would be one solid square. What counts is which place has more than another, which is also what
    the published pictures show (`explainers.published.cam_picture` is the same with and without).
    """
    return maps - maps.min(axis=(1, 2), keepdims=True)


def attention_view(remark: "Callable[[Explanation], str]") -> View:
    """The view of a method on attention; `remark` says what there is to say beyond how it is drawn."""
    return View(
        sign="positive",
        floor="minimum",
        resampling="bilinear",
        published=cam_picture,
        shown=from_least,
        remark=lambda explanation: f"{remark(explanation)} Drawn from its own smallest value to its largest.",
    )
