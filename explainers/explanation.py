"""The result of one method on one radiograph."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from data_cache.findings import FINDINGS
from explainers.types import FloatArray, Resampling

if TYPE_CHECKING:
    from data_cache.geometry import Geometry


@dataclass(frozen=True, eq=False)
class Explanation:
    """Signed, unnormalised maps of one method for all findings, and where they came from.

    Attributes:
        method: key of the method in the registry.
        model: key of the explained model in the registry.
        case_id: the case it is about.
        maps: float32 (14, h, w), findings in the order of `findings`, [row, column], covering the model's input at the
            method's own resolution; read-only. Patch maps are in logits. They are what is stored and exported; `shown`
            is what is drawn and scored.
        model_id, weights_sha256: the model and its weights.
        parameters: the method's parameters as JSON values. A coarse stage carries those with which exactly its maps
            come about, such as fewer shift steps than were asked for.
        logits: float32 (14,), the model's logits for the image; read-only. NaN, as the maps, for findings that the
            model does not predict.
        geometry: leads from the model's input to the original image.
        depends_on_finding: whether the maps differ between findings at all.
        can_be_negative: whether the maps can hold negative values; the registry says what these mean.
        resampling: how the maps become pictures of the input: "nearest" where each value holds for its whole cell,
            "bilinear" where values are samples of something smooth.
        seconds: time spent on this method so far; a forward pass that methods share counts for the first of them.
        final: False for a coarse stage that a finer one follows.
        note: what a reader must know of how these maps came about; empty where nothing.
        findings: names of the maps.
    """

    method: str
    model: str
    case_id: str
    maps: FloatArray
    model_id: str
    weights_sha256: str
    parameters: Mapping[str, Any]
    logits: FloatArray
    geometry: "Geometry"
    depends_on_finding: bool
    can_be_negative: bool
    resampling: Resampling
    seconds: float
    final: bool = True
    note: str = ""
    findings: tuple[str, ...] = FINDINGS

    def __post_init__(self) -> None:
        if self.maps.dtype != np.float32 or self.maps.ndim != 3 or len(self.maps) != len(self.findings):
            raise ValueError(
                f"Expected float32 maps of shape ({len(self.findings)}, h, w), found {self.maps.dtype} "
                f"{self.maps.shape}."
            )
        if self.logits.shape != (len(self.findings),):
            raise ValueError(f"Expected {len(self.findings)} logits, found {self.logits.shape}.")
        for name in ("maps", "logits"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        object.__setattr__(self, "parameters", dict(self.parameters))

    @property
    def name(self) -> str:
        """Method and model as they are named together, see `explainers.pairs`."""
        from explainers.pairs import Pair

        return Pair(self.method, self.model).name

    @cached_property
    def shown(self) -> FloatArray:
        """The maps (14, h, w) float32 as they are drawn and scored: the same, unless the method's view changes them."""
        from explainers.registry import find_method

        return _frozen(find_method(self.method).view.shown(self.maps, self.parameters))

    def map_of(self, finding: str) -> FloatArray:
        """The shown map (h, w) of one finding."""
        return self.shown[self.findings.index(finding)]

    def at_input_size(self) -> FloatArray:
        """The shown maps at the size of the model's input, (14, s, s) float32, still signed and unnormalised."""
        return enlarge(self.shown, self.geometry.input_size, self.resampling)


def enlarge(maps: FloatArray, size: int, resampling: Resampling) -> FloatArray:
    """Enlarge maps (n, h, w) to (n, size, size) float32.

    "nearest" repeats each value over its cell, exactly, and needs h and w to divide the size; "bilinear" is OpenCV's,
    with pixel centres at +0.5 and the border repeated.

    Raises:
        ValueError: nearest, and the cells do not fit.
    """
    if resampling == "bilinear":
        return np.stack([cv2.resize(one, (size, size), interpolation=cv2.INTER_LINEAR) for one in maps])
    height, width = maps.shape[1:]
    if size % height or size % width:
        raise ValueError(f"Expected maps whose sides divide {size}, found {height}×{width}.")
    return maps.repeat(size // height, axis=1).repeat(size // width, axis=2)


def _frozen(array: FloatArray) -> FloatArray:
    view = array.view()
    view.flags.writeable = False
    return view
