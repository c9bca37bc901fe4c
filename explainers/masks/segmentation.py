"""What a network that was shown the masks says of each pixel."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import numpy as np
from pydantic import Field

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.base import Explainer, Parameters, Stage
from explainers.entry import Entry, View
from explainers.explanation import Explanation, enlarge
from explainers.model_run import ModelRun
from explainers.types import Cancelled, FloatArray, IsCancelled
from models.capabilities import SEGMENTS, Logits

if TYPE_CHECKING:
    from models.predictions import SegmentPrediction

STEPS = 256  # to which probabilities are rounded: as many as a picture shows; files of them pack well


class SegmentationParameters(Parameters):
    """How fine the map is."""

    side: int = Field(
        default=64,
        ge=8,
        le=1024,
        title="Cells a side",
        description="Of maps that have more, the mean over cells is taken.",
    )


class Segmentation(Explainer[SegmentationParameters]):
    """The probability that each pixel shows the finding, rounded to 1/256.

    The maps (14, h, w) in [0, 1] come in the same pass as the logits; h and w are the model's, at most `side`.
    """

    def stages(self, run: ModelRun, cancelled: IsCancelled) -> Iterator[Stage]:
        """One stage, (14, h, w) in [0, 1] in steps of 1/STEPS; raises InputError for what are no probabilities."""
        if cancelled():
            raise Cancelled
        run.require(SEGMENTS)
        maps = cast("SegmentPrediction", run.prediction).segments
        known = maps[run.info.architecture.predicted]
        if maps.ndim != 3 or len(maps) != len(FINDINGS) or not ((known >= 0) & (known <= 1)).all():
            raise InputError(
                f"Expected probabilities of the pixels for {len(FINDINGS)} findings, found others of {run.info.id}; "
                "get its weights again."
            )
        coarse = _coarser(maps, self.parameters.side)
        yield Stage((np.rint(coarse * STEPS) / STEPS).astype(np.float32, copy=False), self.parameters)


def _coarser(maps: FloatArray, side: int) -> FloatArray:
    """Maps (n, h, w) averaged over cells to at most side × side."""
    size = (min(side, maps.shape[1]), min(side, maps.shape[2]))
    if maps.shape[1:] == size:
        return maps
    import torch  # takes its time: not to list methods

    return torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(maps)[None], size)[0].numpy()


def as_probabilities(maps: FloatArray, size: int) -> FloatArray:
    """Maps (n, h, w) in [0, 1] enlarged to (n, size, size) and nothing else: 1/2 is where the network itself decides.

    Published class activation maps are rescaled to their own extremes; a segmentation without any finding would then
    mark something.
    """
    return np.clip(enlarge(maps, size, "bilinear"), 0, 1)


def _cost(_parameters: SegmentationParameters, _model: Logits | None) -> int:
    return 1


def _remark(_explanation: Explanation) -> str:
    return "The network was shown masks when it was trained: an upper comparator, and no rival of those that were not."


ENTRY = Entry(
    key="segmentation",
    label="Segmentation",
    needs=SEGMENTS,
    parameters=SegmentationParameters,
    factory=Segmentation,
    cost=_cost,
    paper="Xue et al. (MedNeXt and MedUNeXt), PLOS ONE 2026, for MedUNeXt; any network that segments",
    words="The probability of each pixel by a network that was shown the masks: what such a network can do, to compare "
    "those with that were shown image-level labels alone.",
    view=View(
        sign="positive",
        floor="zero",
        resampling="bilinear",
        published=as_probabilities,
        unit="probability",
        remark=_remark,
    ),
    kind="masks",
    standard=False,
    supervision="masks",
)
