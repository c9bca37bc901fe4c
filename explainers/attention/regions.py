"""The gates with which a model's blocks weigh places inside their regions of interest, where these lie."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
from pydantic import Field

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.base import Explainer, Parameters, Stage
from explainers.entry import Entry, View
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.published import cam_picture
from explainers.types import Cancelled, FloatArray, IsCancelled
from models.capabilities import REGIONS, Logits, Regions

if TYPE_CHECKING:
    from models.predictions import Region

_PIXELS = 4  # of the input in a cell of the map; regions are at least one cell of a block wide, which has more


class RegionParameters(Parameters):
    """Whose gate is shown."""

    block: int = Field(
        default=0, ge=0, le=99, title="Block", description="Counted from 1; 0: the mean over all blocks."
    )


class RegionGates(Explainer[RegionParameters]):
    """Each block's spatial gate laid back into its box, 0 outside; one block's, or the mean over all."""

    def check(self, run: ModelRun) -> None:
        blocks = cast(Regions, run.require(REGIONS)).region_blocks
        if self.parameters.block > len(blocks):
            raise InputError(
                f"Expected a block from 1 to {len(blocks)} of {run.key}, or 0 for their mean, found "
                f"{self.parameters.block}."
            )

    def stages(self, run: ModelRun, cancelled: IsCancelled) -> Iterator[Stage]:
        """The one stage: the gates laid into their boxes, the same map (n, n) for all findings."""
        if cancelled():
            raise Cancelled
        regions = cast(Regions, run.require(REGIONS)).regions(run.image)
        run.passed()
        chosen = regions[self.parameters.block - 1 :][:1] if self.parameters.block else regions
        size = len(run.image)
        shown = np.mean([laid(region, size) for region in chosen], axis=0, dtype=np.float32)
        if not np.isfinite(shown).all():
            raise InputError(f"Expected finite gates of {run.info.id}, found others; get its weights again.")
        yield Stage(np.broadcast_to(shown, (len(FINDINGS), *shown.shape)), self.parameters, _note(chosen))


def laid(region: "Region", size: int) -> FloatArray:
    """Lay a gate into its box, bilinearly between the middles of its cells, and 0 outside.

    Args:
        region: of an image of size × size pixels.
        size: at least 4.

    Returns:
        (n, n) float32 in [0, 1] over the image, n being a quarter of the size.
    """
    cells = max(size // _PIXELS, 1)
    centres = (np.arange(cells, dtype=np.float32) + 0.5) * np.float32(size / cells)
    x0, y0, x1, y1 = region.box
    height, width = region.gate.shape
    columns = (centres - x0) / (x1 - x0) * width - 0.5
    rows = (centres - y0) / (y1 - y0) * height - 0.5
    gate = np.ascontiguousarray(region.gate, np.float32)
    across, down = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    found = cv2.remap(gate, across, down, interpolation=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = np.outer((centres >= y0) & (centres < y1), (centres >= x0) & (centres < x1))
    return np.where(inside, found, np.float32(0))


def _note(regions: "tuple[Region, ...]") -> str:
    if len(regions) > 1:
        return f"The mean of the gates of {len(regions)} blocks, each in its own box."
    (region,) = regions
    x0, y0, x1, y1 = (round(value) for value in region.box)
    return f"{region.block.capitalize()}: its box goes from ({x0}, {y0}) to ({x1}, {y1}) in the model's input."


def _cost(_parameters: RegionParameters, _model: Logits | None) -> int:
    return 2  # that of the logits, and the model's own for its regions


def _remark(_explanation: Explanation) -> str:
    return "Does not depend on the finding; gates go from 0 to 1, and outside the boxes there is nothing."


ENTRY = Entry(
    key="regions",
    label="Region gates",
    needs=REGIONS,
    parameters=RegionParameters,
    factory=RegionGates,
    cost=_cost,
    paper="Ibrahim and Rand, Medical X-ray Attention (MXA) block in EfficientViT; Liu et al., EfficientViT, CVPR 2023",
    words="Where the model's blocks look, each into a box of its own, and how strongly they weigh the places there. It "
    "does not depend on the finding, and a place with much weight may oppose it.",
    view=View(sign="positive", floor="zero", resampling="bilinear", published=cam_picture, remark=_remark),
    kind="attention",
    standard=False,
    depends_on_finding=False,
)
