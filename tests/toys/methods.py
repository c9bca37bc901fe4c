"""Two odd methods, each one class and one entry, as in `explainers`."""

from collections.abc import Iterator

import cv2
import numpy as np
from pydantic import Field

from data_cache.findings import FINDINGS
from explainers.base import Explainer, Parameters, Stage
from explainers.entry import Entry, View
from explainers.explanation import enlarge
from explainers.model_run import ModelRun
from explainers.published import cam_picture
from explainers.types import FloatArray, IsCancelled
from models.capabilities import LOGITS, PATCH_LOGITS

SIDE = 16


class NoParameters(Parameters):
    """There are none."""


class Bright(Explainer[NoParameters]):
    """Where the image is bright, whatever the model and the finding: never negative."""

    def stages(self, run: ModelRun, cancelled: IsCancelled) -> Iterator[Stage]:
        small = cv2.resize(run.image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        yield Stage(np.broadcast_to(small, (len(FINDINGS), SIDE, SIDE)), self.parameters)


class PatchParameters(Parameters):
    """A whole number, but no number of shifts."""

    power: int = Field(default=1, ge=1, le=3, title="Power", description="To which each patch's logit is raised.")


class Patches(Explainer[PatchParameters]):
    """The patch logits of the plain grid, raised to a power with their sign kept."""

    def stages(self, run: ModelRun, cancelled: IsCancelled) -> Iterator[Stage]:
        logits = run.patch_prediction.patch_logits
        side = round(len(logits) ** 0.5)
        raised = np.sign(logits) * np.abs(logits) ** self.parameters.power
        yield Stage(raised.T.reshape(-1, side, side).astype(np.float32), self.parameters)


def between_extremes(maps: FloatArray, size: int) -> FloatArray:
    """Maps (n, h, w) scaled to [0, 1] by their extremes and repeated over their cells: (n, size, size)."""
    low, high = (extreme(axis=(1, 2), keepdims=True) for extreme in (maps.min, maps.max))
    return enlarge((maps - low) / np.maximum(high - low, np.float32(1e-9)), size, "nearest")


BRIGHT = Entry(
    key="toy-bright",
    label="Brightness",
    needs=LOGITS,
    parameters=NoParameters,
    factory=Bright,
    cost=lambda _parameters, _model: 0,
    paper="none",
    words="Where the image is bright.",
    view=View(sign="positive", floor="zero", resampling="bilinear", published=cam_picture),
    depends_on_finding=False,
)

PATCHES = Entry(
    key="toy-patches",
    label="Patches to a power",
    needs=PATCH_LOGITS,
    parameters=PatchParameters,
    factory=Patches,
    cost=lambda _parameters, _model: 1,
    paper="none",
    words="Each patch's logit, raised to a power.",
    view=View(
        sign="signed",
        floor="minimum",
        resampling="nearest",
        published=between_extremes,
        negative_means="This patch lowers the finding's logit.",
        negative_opposes=True,
    ),
)
