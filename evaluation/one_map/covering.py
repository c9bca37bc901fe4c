"""An image with some of its cells covered, and what a model says of it: every coalition by a pass of its own."""

from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from data_cache.errors import InputError
from evaluation.one_map.types import Coalitions, Slopes, Values, Worth
from explainers.memory import enough_memory
from explainers.model_run import ModelRun
from explainers.types import Cancelled, FloatArray, IsCancelled
from models.capabilities import MODULE, PATCH_LOGITS, Module

ACROSS = 8  # cells along one side, of models that have no patches of their own
MOST_ACROSS = 16  # of those that have
_AT_ONCE = 16  # covered images in memory together

OnPass = Callable[[], None]


def cells_across(run: ModelRun) -> int:
    """Cells along one side of the image: the patches of a model of patches, else 8.

    Raises:
        InputError: the model has more patches than can be asked about one by one.
    """
    if not PATCH_LOGITS.of(run.model):
        return min(ACROSS, run.model.input_size)
    across = run.model.input_size // run.patch_model.patch_size
    if across > MOST_ACROSS:
        raise InputError(
            f"Expected at most {MOST_ACROSS}×{MOST_ACROSS} patches to compare methods on, found {across}×{across}; "
            "take a model with larger patches."
        )
    return across


def cell_of_pixels(size: int, across: int) -> NDArray[np.intp]:
    """The cell of each pixel, (size, size), cells row by row; of equal size where the cells divide the size."""
    place = np.arange(size) * across // size
    return place[:, None] * across + place


def grey(image: FloatArray) -> FloatArray:
    """The filler: the image's mean, the same everywhere, so that all cells are covered by one and the same patch."""
    return np.full(image.shape, image.mean(dtype=np.float64), np.float32)


def raw_shares(run: ModelRun, finding: int) -> Values | None:
    """What the raw map says each cell's share is, (z_i − z_filler)/n; None for a model that has no patches.

    Args:
        run: the image and the model.
        finding: its index.

    Returns:
        (players,) float64, in logits.
    """
    if not PATCH_LOGITS.of(run.model):
        return None
    side = run.patch_model.patch_size
    filler = run.patch_model.patch_logits(grey(run.image)[None, :side, :side])[0, finding]
    logits = run.patch_prediction.patch_logits[:, finding].astype(np.float64)
    return (logits - float(filler)) / len(logits)


def worth_of(run: ModelRun, finding: int, cancelled: IsCancelled, on_pass: OnPass) -> Worth:
    """The logit of coalitions of cells: of each its own image goes through the whole model.

    Args:
        run: the image and the model.
        finding: its index.
        cancelled: asked before each batch.
        on_pass: called after each image.

    Returns:
        What raises `Cancelled`, and InputError where the model overflows or the memory does not
        suffice.
    """
    fill, cell = grey(run.image), cell_of_pixels(run.model.input_size, cells_across(run))

    def worth(coalitions: Coalitions) -> Values:
        """The logit of each coalition, a batch of images at once."""
        found = np.empty(len(coalitions))
        for start in range(0, len(coalitions), _AT_ONCE):
            if cancelled():
                raise Cancelled
            batch = coalitions[start : start + _AT_ONCE]
            with enough_memory(_pass(run)):
                images = np.where(batch[:, cell], run.image, fill)
                found[start : start + len(batch)] = run.model.logits(images)[:, finding]
            for _ in batch:
                on_pass()
        return _finite(found, run)

    return worth


def slopes_of(run: ModelRun, finding: int, cancelled: IsCancelled, on_pass: OnPass) -> Slopes | None:
    """The logit's derivative by each cell's gate; None for a model without a network.

    Args:
        run: the image and the model; its network is not changed, and no gradient is left in it.
        finding: its index; one that the model predicts.
        cancelled: asked before each pass.
        on_pass: called twice, after the way forward and the way back.
    """
    if not MODULE.of(run.model):
        return None
    module = cast(Module, run.model).module
    across = cells_across(run)
    output = cast(int, run.info.architecture.output_of[finding])
    device = next(module.parameters()).device
    covered = torch.from_numpy(grey(run.image)).to(device)
    difference = torch.from_numpy(np.array(run.image, np.float32)).to(device) - covered
    cell = cell_of_pixels(len(run.image), across).ravel()

    def slopes(gate: float) -> Values:
        """The logit's derivative by each cell's gate, all gates being open this far."""
        if cancelled():
            raise Cancelled
        image = (covered + gate * difference)[None, None].requires_grad_()
        exact = torch.backends.cudnn.flags(enabled=True, allow_tf32=False)
        with enough_memory(_pass(run)), torch.enable_grad(), exact:
            given = module(image)
            logits = given if isinstance(given, torch.Tensor) else given[0]
            on_pass()
            (gradient,) = torch.autograd.grad(logits[0, output], image)
            on_pass()
        by_pixel = (gradient[0, 0] * difference).cpu().numpy().astype(np.float64).ravel()
        return _finite(np.asarray(np.bincount(cell, by_pixel, across**2), np.float64), run)

    return slopes


def _pass(run: ModelRun) -> str:
    return f"covered images of {run.model.input_size}×{run.model.input_size} pixels"


def _finite(found: Values, run: ModelRun) -> Values:
    if not np.isfinite(found).all():
        raise InputError(f"Expected numbers of {run.info.id} for a covered image, found NaN or infinity.")
    return found
