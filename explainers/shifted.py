"""Common part of the methods that lay the patch model's logits over the image at shifted grids."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from explainers.base import Explainer, Parameters, Stage
from explainers.entry import View
from explainers.explanation import Explanation
from explainers.patch_maps import EdgeRule, ShiftGrid, assemble
from explainers.published import patch_export
from explainers.types import FloatArray, IsCancelled
from models.capabilities import Logits

if TYPE_CHECKING:
    from explainers.model_run import ModelRun


class ShiftParameters(Parameters):
    """How finely the patch grid is moved over the image, and what happens at its edges."""

    shift_steps: int = Field(
        default=1,
        ge=1,
        le=1024,
        title="Shift steps",
        description="Shifts of the patch grid along each axis; divides the patch size. 1 is the plain grid, the patch "
        "size gives one-pixel shifts, as in the paper. The number of forward passes is its square.",
    )
    edge: EdgeRule = Field(
        default="paper",
        title="Edges",
        description="paper: divide by the number of all shifts everywhere, which weakens the edges as in the official "
        "code; covered: divide by the number of shifts that cover the pixel.",
    )


PAPER = "Wienholt et al., MedicalPatchNet, Scientific Reports 2026"


def shift_cost(parameters: ShiftParameters, _model: Logits | None = None) -> int:
    """Passes through the network: one a shift."""
    return parameters.shift_steps**2


def patch_remark(explanation: Explanation) -> str:
    """How fine the map is."""
    height, width = explanation.maps.shape[1:]
    return f"In logits; {width}×{height} cells, one scale for all maps in logits."


PATCH_VIEW = View(
    sign="signed",
    floor="minimum",
    resampling="nearest",
    published=patch_export,
    unit="logit",
    negative_means="This patch lowers the finding's logit.",
    negative_opposes=True,
    remark=patch_remark,
)

ShiftP = TypeVar("ShiftP", bound=ShiftParameters)


class ShiftedExplainer(Explainer[ShiftP]):
    """Averages the patch logits of all shifts; a subclass says what each shift's logits become before."""

    @abstractmethod
    def values(self, logits: FloatArray) -> FloatArray:
        """Patch logits (shifts, patches, 14) -> what is laid over the patches, the same shape."""

    def check(self, run: "ModelRun") -> None:
        self._grid(run)

    def stages(self, run: "ModelRun", cancelled: IsCancelled) -> Iterator[Stage]:
        grids = self._grid(run).coarser()
        for grid, finer in zip(grids, (*grids[1:], None), strict=True):
            if finer is not None and run.knows(finer):
                continue  # computed for an earlier request: nobody waits for it
            logits = run.shifted_logits(grid, cancelled)
            parameters = self.parameters.model_copy(update={"shift_steps": grid.steps})
            yield Stage(assemble(self.values(logits), grid, self.parameters.edge), parameters)

    def _grid(self, run: "ModelRun") -> ShiftGrid:
        return ShiftGrid(len(run.image), run.patch_model.patch_size, self.parameters.shift_steps)
