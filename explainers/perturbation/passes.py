"""Asking a model about many altered copies of one image, in batches; what was asked is not asked again."""

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from data_cache.errors import InputError
from explainers.memory import is_about_memory, too_little
from explainers.types import Cancelled, FloatArray, IsCancelled

if TYPE_CHECKING:
    from explainers.model_run import ModelRun

T = TypeVar("T", bound=Hashable)

_PIXELS = 1 << 21  # of a batch: 8 images of 512², few enough to stop between them, and 8 MiB
_KEPT = 4  # ways of altering an image whose logits a run keeps; those of 4,000 images have about 0.6 MB


def altered_logits(
    run: "ModelRun",
    way: Hashable,
    places: Sequence[T],
    images: Callable[[Sequence[T]], FloatArray],
    cancelled: IsCancelled,
) -> FloatArray:
    """The model's logits of altered images, all findings from the same passes.

    What is asked is kept with the run, also when it was cancelled: asking again goes on where it stopped. Images are
    made for one batch at a time; where the memory does not suffice, batches become smaller.

    Args:
        run: whose image is altered, and which counts the passes, one an image.
        way: how it is altered; what is equal gives the same images at the same places.
        places: which of its alterations are wanted.
        images: makes those of some places: (n, s, s) float32 in [0, 1].
        cancelled: asked before each batch.

    Returns:
        (places, 14) float32, NaN for findings that the model does not predict.

    Raises:
        InputError: there is no memory for a single image, or a logit is no number.
        Cancelled: `cancelled` said yes.
    """
    known = _kept(run, way)
    missing = [place for place in places if place not in known]
    most = max(1, _PIXELS // run.model.input_size**2)
    while missing:
        if cancelled():
            raise Cancelled
        batch = missing[:most]
        try:
            logits = _asked(run, images(batch))
        except (MemoryError, RuntimeError) as error:
            most = _smaller(len(batch), run.model.input_size, error)
            continue
        for place, row in zip(batch, logits, strict=True):
            known[place] = row
            run.passed()
        missing = missing[len(batch) :]
    return np.stack([known[place] for place in places])


def _kept(run: "ModelRun", way: Hashable) -> dict[Hashable, FloatArray]:
    """What is known of one way of altering the image; of many, those that were asked for longest ago are let go."""
    known = run.altered[way] = run.altered.pop(way, {})
    while len(run.altered) > _KEPT:
        del run.altered[next(iter(run.altered))]
    return known


def _asked(run: "ModelRun", images: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):
        logits = run.model.logits(images)
    if not np.isfinite(logits[:, run.info.architecture.predicted]).all():
        raise InputError(
            f"Expected logits of {run.info.id} for altered images, found NaN or infinity: its weights overflow; get "
            "them again."
        )
    return logits


def _smaller(count: int, size: int, error: Exception) -> int:
    """How many images to try next, where so many did not fit into the memory.

    Raises:
        InputError: it was one.
        RuntimeError: the error was about something else.
    """
    if not is_about_memory(error):
        raise error
    if count > 1:
        return count // 2
    raise too_little(f"a pass with {size}×{size} pixels") from error
