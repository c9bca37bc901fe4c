"""What a network may give in training beyond its logits: the inputs of the loss's further terms."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol, runtime_checkable

import torch


class TrainingOutputs(NamedTuple):
    """Outputs of a network in training mode; what a network does not give is None.

    In evaluation mode networks return logits, or logits and features, as ever. The logits come first in both, so
    `models.training.objective.logits_of` reads either.

    Attributes:
        logits: (n, 14) float, any value.
        distilled: (n, 14) float, logits of a second head that only a teacher supervises.
        attention: (n, 1, h, w) shared by all findings or (n, 14, h, w), values of a sigmoid in [0, 1], not normalised;
            row and column as in the image, at the network's own resolution.
        pixel_logits: (n, 14, h, w) float, any value: whether a finding is at a pixel; row and column as in the image.
    """

    logits: torch.Tensor
    distilled: torch.Tensor | None = None
    attention: torch.Tensor | None = None
    pixel_logits: torch.Tensor | None = None


@runtime_checkable
class PixelClassifier(Protocol):
    """A network whose outputs in evaluation mode are (logits, pixel_logits) as above; training scores it by Dice.

    `gives_pixels` says so, and is True.
    """

    gives_pixels: bool


@runtime_checkable
class WeighsPlaces(Protocol):
    """A network whose blocks weigh places by weights A of either sign; its card says how strong they are."""

    def block_strengths(self, batches: Iterable[torch.Tensor]) -> tuple[float, ...]:
        """The mean |A| of each block over images (n, 1, s, s) in [0, 1] of the network's input size."""
