"""Gradient-weighted attention: what a transformer's attention brought to one finding."""

from collections.abc import Iterator
from typing import cast

import numpy as np

from explainers.attention.view import attention_view
from explainers.base import Explainer, Parameters, Stage
from explainers.entry import Entry
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.types import IsCancelled
from models.capabilities import SELF_ATTENTION, Logits, SelfAttention


class NoParameters(Parameters):
    """There are none."""


class Relevance(Explainer[NoParameters]):
    """Relevance of tokens by attention and its gradients (Chefer et al., ICCV 2021, equations 5 and 6).

    Through the blocks R ← R + Ā·R from R = I, Ā being the mean over heads of the positive part of attention ⊙ gradient
    of the finding's logit. The map is the class token's row of R over the tokens of the image; where the network
    averages tokens instead, the mean of their rows (the paper has class tokens only), less what each has by itself,
    which is the same everywhere.
    """

    def check(self, run: ModelRun) -> None:
        from explainers.attention.rows import check_memory

        check_memory(cast(SelfAttention, run.require(SELF_ATTENTION)).tokens)

    def stages(self, run: ModelRun, cancelled: IsCancelled) -> Iterator[Stage]:
        """One stage, (14, grid, grid): each finding's relevance beyond what a token keeps of itself."""
        from explainers.attention.rows import on_grid, read_back, relevances

        tokens = cast(SelfAttention, run.model).tokens
        alone = read_back([], tokens, kept=1)
        maps = [
            on_grid(read_back(matrices, tokens, kept=1) - alone, tokens)
            for matrices in relevances(run, run.info.architecture.output_of, cancelled)
        ]
        yield Stage(np.stack(maps), self.parameters)


def _cost(_parameters: NoParameters, model: Logits | None) -> int:
    findings = 14 if model is None else int(model.info.architecture.predicted.sum())
    return 2 + findings  # that of the logits, one with attention written out, and one back a finding


def _remark(_explanation: Explanation) -> str:
    return "No unit. What attention brought in favour of the finding; what it brought against it is left out."


ENTRY = Entry(
    key="attention-relevance",
    label="Gradient-weighted attention",
    needs=SELF_ATTENTION,
    parameters=NoParameters,
    factory=Relevance,
    cost=_cost,
    paper="Chefer et al., Generic attention-model explainability, ICCV 2021",
    words="The transformer's attention where more of it would raise the finding's logit, followed through all blocks. "
    "What lowers the finding cannot be seen.",
    view=attention_view(_remark),
    kind="attention",
    standard=False,
)
