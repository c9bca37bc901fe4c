"""Common part of the methods whose maps have a value for every pixel of the model's input.

Maps are kept pixel by pixel. What is drawn, compared and scored is their mean around each place (`blur`), since single
pixels of gradients are noise to the eye, and 14 maps of 512×512 would be 15 MB for the page.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np
from pydantic import Field

from data_cache.findings import FINDINGS
from explainers.base import Explainer, Parameters, Stage
from explainers.entry import View
from explainers.explanation import Explanation
from explainers.published import cam_picture
from explainers.types import FloatArray, IsCancelled
from models.capabilities import Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun

BLUR = 2.0


class PixelParameters(Parameters):
    """How far maps of pixels are smoothed when they are shown and scored."""

    blur: float = Field(
        default=BLUR,
        ge=0,
        le=10,
        title="Blur",
        description="Standard deviation, in % of the image's side, of the Gaussian over which the map is averaged "
        "where it is shown and scored; 0 shows single pixels. What is stored and exported is never blurred.",
    )


PixelP = TypeVar("PixelP", bound=PixelParameters)


class PixelExplainer(Explainer[PixelP]):
    """One map a finding with a value for every pixel; a subclass holds the formula."""

    @abstractmethod
    def maps(self, run: "ModelRun", cancelled: IsCancelled) -> tuple[FloatArray, str]:
        """Signed maps (14, s, s) float32, not blurred, and what a reader must know of them, or nothing."""

    def stages(self, run: "ModelRun", cancelled: IsCancelled) -> Iterator[Stage]:
        if not self.is_known(run):
            run.kept[type(self)] = self._unblurred, self.maps(run, cancelled)
        maps, note = run.kept[type(self)][1]
        yield Stage(maps, self.parameters, note)

    def is_known(self, run: "ModelRun") -> bool:
        """Another blur asks for the same passes."""
        return type(self) in run.kept and run.kept[type(self)][0] == self._unblurred

    @property
    def _unblurred(self) -> PixelP:
        return self.parameters.model_copy(update={"blur": 0.0})


def passes(points: int, model: Logits | None) -> int:
    """Passes of a method that takes gradients at so many images: forward, and back once a finding; and the logits'."""
    findings = len(FINDINGS) if model is None else int(model.info.architecture.predicted.sum())
    return 1 + points * (1 + findings)


def shown(maps: FloatArray, parameters: Mapping[str, Any]) -> FloatArray:
    """Maps (n, s, s) as they are drawn and scored: blurred, and the mean of each cell where cells lose nothing.

    The Gaussian's standard deviation is `blur` % of s; beyond the border the map is 0, so that the blur keeps what
    maps add up to, but for what it carries over the border. Cells are squares of the largest power of two that is no
    longer than half of that deviation and divides s.

    Returns:
        (n, s / cell, s / cell) float32; NaN where a whole map is NaN.
    """
    side = maps.shape[1]
    deviation = float(parameters.get("blur", BLUR)) / 100 * side
    if deviation == 0:
        return maps
    blurred = [cv2.GaussianBlur(one, (0, 0), deviation, borderType=cv2.BORDER_CONSTANT) for one in maps]
    cell = 1
    while 4 * cell <= deviation and side % (2 * cell) == 0:
        cell *= 2
    cells = np.stack(blurred).reshape(len(maps), side // cell, cell, side // cell, cell)
    return np.ascontiguousarray(cells.mean(axis=(2, 4), dtype=np.float32))


def pixel_remark(explanation: Explanation) -> str:
    """What the pane says of a map of pixels: its scale and its blur."""
    blur = explanation.parameters["blur"]
    pixels = blur / 100 * explanation.geometry.input_size
    blurred = f"averaged over {pixels:.1f} pixels ({blur:g} % of the side)" if blur else "pixel by pixel"
    return f"No unit; scaled to its own strongest value; {blurred}."


PIXEL_VIEW = View(
    sign="signed",
    floor="zero",
    resampling="bilinear",
    published=cam_picture,
    shown=shown,
    negative_means="The pixels here, as they are, lower the finding's logit.",
    negative_opposes=True,
    remark=pixel_remark,
)
