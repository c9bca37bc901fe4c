"""Attention rollout: where what a transformer classifies came from, whatever it was classified as."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from pydantic import Field

from data_cache.findings import FINDINGS
from explainers.attention.view import attention_view
from explainers.base import Explainer, Parameters, Stage
from explainers.entry import Entry
from explainers.explanation import Explanation
from explainers.model_run import ModelRun
from explainers.types import Cancelled, IsCancelled
from models.capabilities import SELF_ATTENTION, Logits, SelfAttention

if TYPE_CHECKING:
    import torch

Heads = Literal["mean", "max", "min"]


class RolloutParameters(Parameters):
    """How the heads of a block become one."""

    heads: Heads = Field(
        default="mean",
        title="Heads",
        description="mean: all heads alike, as in the paper; max: what any head looks at; min: what all of them do.",
    )


class Rollout(Explainer[RolloutParameters]):
    """Attention rollout (Abnar and Zuidema, ACL 2020): the product over all blocks of ½·attention + ½·identity.

    The identity stands for the residual connection, by which a token keeps what it is; rows add up to 1. The map is the
    row of the class token over the tokens of the image, or the mean of the rows of all tokens that the network
    classifies where it has no class token. It says nothing of any finding: all maps are the same.

    Departures: with max or min a block's rows are divided by their sums, so that they still add up to 1; no weak
    attention is dropped, as some programs do.
    """

    def stages(self, run: ModelRun, cancelled: IsCancelled) -> Iterator[Stage]:
        """One stage, (14, grid, grid): the same map for every finding."""
        from explainers.attention.rows import fused, on_grid, read_back  # needs PyTorch

        if cancelled():
            raise Cancelled
        halves = [matrix / np.float32(2) for matrix in fused(run, self._fuse)]
        tokens = cast(SelfAttention, run.model).tokens
        one = on_grid(read_back(halves, tokens, kept=0.5), tokens)
        yield Stage(np.broadcast_to(one, (len(FINDINGS), *one.shape)), self.parameters)

    def _fuse(self, heads: "torch.Tensor") -> "torch.Tensor":
        """Heads (heads, tokens, tokens) -> (tokens, tokens), rows adding up to 1."""
        if self.parameters.heads == "mean":
            return heads.mean(dim=0)
        one = heads.amax(dim=0) if self.parameters.heads == "max" else heads.amin(dim=0)
        return one / one.sum(dim=-1, keepdim=True).clamp_min(1e-30)  # of a row of zeros nothing comes


def _cost(_parameters: RolloutParameters, _model: Logits | None) -> int:
    return 2  # that of the logits, where attention stays fused, and one with attention written out


def _remark(_explanation: Explanation) -> str:
    return "Shares of attention. It does not depend on the finding: it says where the network looked, not for what."


ENTRY = Entry(
    key="rollout",
    label="Attention rollout",
    needs=SELF_ATTENTION,
    parameters=RolloutParameters,
    factory=Rollout,
    cost=_cost,
    paper="Abnar and Zuidema, Quantifying attention flow in transformers, ACL 2020",
    words="How much of each place arrives at what the transformer classifies, through the attention of all its blocks. "
    "It depends neither on the finding nor on what is made of what arrives.",
    view=attention_view(_remark),
    kind="attention",
    standard=False,
    depends_on_finding=False,
)
