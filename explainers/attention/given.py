"""The attention maps that a model gives by itself, as they are."""

from collections.abc import Iterator
from typing import cast

import numpy as np

from data_cache.errors import InputError
from data_cache.findings import FINDINGS
from explainers.attention.view import attention_view
from explainers.base import Explainer, Parameters, Stage
from explainers.entry import Entry
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.types import Cancelled, IsCancelled
from models.capabilities import ATTENTION, Attention, Logits


class NoParameters(Parameters):
    """There are none."""


class Given(Explainer[NoParameters]):
    """What a model weighs places with before it classifies; nothing is computed here."""

    def stages(self, run: ModelRun, cancelled: IsCancelled) -> Iterator[Stage]:
        """The one stage: the maps as the model gives them, (14, h, w), checked to be in [0, 1]."""
        if cancelled():
            raise Cancelled
        maps = np.asarray(cast(Attention, run.require(ATTENTION)).attention(run.image), np.float32)
        run.passed()
        known = maps[run.info.architecture.predicted]
        if maps.ndim != 3 or len(maps) != len(FINDINGS) or not np.isfinite(known).all() or (known < 0).any():
            raise InputError(
                f"Expected attention maps of {len(FINDINGS)} findings from 0 up, found others of {run.info.id}; "
                "get its weights again."
            )
        same = len(known) > 1 and (known == known[0]).all()
        yield Stage(maps, self.parameters, "The model has one map for all findings." if same else "")


def _cost(_parameters: NoParameters, _model: Logits | None) -> int:
    return 2  # that of the logits, and the model's own for its attention


def _remark(_explanation: Explanation) -> str:
    return "No unit; the model gives values from 0 to 1."


ENTRY = Entry(
    key="attention",
    label="Attention",
    needs=ATTENTION,
    parameters=NoParameters,
    factory=Given,
    cost=_cost,
    paper="the model's own; on what such maps tell: Jain and Wallace, Attention is not explanation, NAACL 2019",
    words="Where the model itself weighs the image before it classifies. A place with much weight may still "
    "oppose the finding.",
    view=attention_view(_remark),
    kind="attention",
    standard=False,
)
