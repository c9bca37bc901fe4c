"""A trained model as a teacher: its probabilities, finding by finding, beside the labels.

The multi-label distillation of Ibrahim and Rand's MXA-EfficientViT, with the dynamic weights w_j that their text has
and their published code has not. The teacher's raw logits are taken, findings are matched by name, and what the
teacher never learned is left out, No Finding excepted: where it has no output of that name, it follows from the others.
"""

from collections.abc import Callable

import torch
from torch.nn import functional

from data_cache.findings import FINDINGS
from models.architecture import Architecture
from models.checkpoints import load_checkpoint
from models.registry import find_model
from models.taught import TaughtBy, note_of
from models.training.config import TeacherConfig
from models.training.objective import logits_of

_NO_FINDING = FINDINGS.index("No Finding")
_NO_PATHOLOGY = (_NO_FINDING, FINDINGS.index("Support Devices"))  # a device is no sign of illness
_LEAST = -1e-6  # the largest logarithm of a probability that still has a logit


class Teacher:
    """A frozen network that says what it thinks of a student's images.

    Attributes:
        words: which weights these are.
        note: the same for the student's checkpoint, see `models.taught`.
    """

    def __init__(self, config: TeacherConfig, device: torch.device) -> None:
        """Load the weights.

        Raises:
            InputError: there are none, or they do not fit.
        """
        checkpoint = load_checkpoint(config.weights, find_model(config.kind).key)
        self.architecture = checkpoint.architecture
        self.network = checkpoint.build().to(device).requires_grad_(False)
        self.words = f"{checkpoint.model_id}, sha256 {checkpoint.weights_sha256}"
        self.note = note_of(TaughtBy(self.architecture.kind, checkpoint.weights_sha256))

    @torch.no_grad()
    def logits(self, images: torch.Tensor) -> torch.Tensor:
        """Classify images of any size, each resized to the teacher's own (bilinear, antialiased).

        Args:
            images: (n, 1, s, s) in [0, 1], as the student sees them; how the teacher scales them is a part of its
                network.

        Returns:
            (n, 14) float32, NaN for findings that it never learned.
        """
        side = self.architecture.input_size
        if images.shape[-1] != side:
            images = functional.interpolate(
                images, (side, side), mode="bilinear", antialias=True, align_corners=False
            ).clamp_(0, 1)
        return by_name(logits_of(self.network(images)).float(), self.architecture)


def by_name(outputs: torch.Tensor, architecture: Architecture) -> torch.Tensor:
    """Bring a model's outputs (n, outputs) into the order of the findings, (n, 14), NaN for what it never learned.

    Without an output No Finding, its probability is that of no other finding, were they independent: the product of
    (1 − p) over all that it learned except Support Devices.
    """
    found = outputs.new_full((len(outputs), len(FINDINGS)), torch.nan)
    for place, index in enumerate(architecture.output_of):
        if index is not None:
            found[:, place] = outputs[:, index]
    others = [place for place, known in enumerate(architecture.predicted) if known and place not in _NO_PATHOLOGY]
    if architecture.output_of[_NO_FINDING] is None and others:
        found[:, _NO_FINDING] = _logit_of_none(found[:, others])
    return found


def distillation(
    logits: torch.Tensor,
    taught: torch.Tensor,
    count: int,
    temperature: float,
    mean: Callable[[torch.Tensor], torch.Tensor],
) -> torch.Tensor:
    """Mean over known pairs of image and finding of w_j · BCE(logits / τ, p) · τ², with p the teacher's σ(logits / τ).

    w_j = 1 − (mean of p over the batch) weighs rare findings up; no gradient flows through it. τ² keeps the size of
    the gradients (Hinton et al., 2015).

    Args:
        logits: (n, 14) of the student.
        taught: (n, 14) logits of the teacher, NaN in the columns of findings that it never learned.
        count: images of the global batch.
        temperature: τ.
        mean: takes (14,) means of this process's images to those of the global batch.
    """
    known = ~torch.isnan(taught[0])
    targets = torch.sigmoid(torch.nan_to_num(taught) / temperature)
    weight = (1 - mean(targets.mean(dim=0))) * known
    losses = functional.binary_cross_entropy_with_logits(logits.float() / temperature, targets, reduction="none")
    return (weight * losses).sum() / (count * known.sum()) * temperature**2


def _logit_of_none(logits: torch.Tensor) -> torch.Tensor:
    """The logit of Π (1 − σ(z_i)) over the columns of (n, k), computed in logarithms."""
    log_p = functional.logsigmoid(-logits).sum(dim=1).clamp_max(_LEAST)
    return log_p - torch.log(-torch.expm1(log_p))
