"""The loss of a run, put together from its terms by the config."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from accelerate import Accelerator

from data_cache.errors import InputError
from models.training.attention_terms import inconsistency, sparsity, total_variation
from models.training.batches import Batch
from models.training.config import LossConfig, TeacherConfig, TrainingConfig
from models.training.data import Split
from models.training.objective import logits_of, masked_loss, positive_weights
from models.training.segmentation_terms import dice_loss, pixel_cross_entropy
from models.training.teacher import Teacher, distillation
from models.training_outputs import TrainingOutputs

Terms = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Objective:
    """The sum of the terms of a config.

    Each term is this process's part of the global batch's: the parts of all processes sum to it.

    Attributes:
        config: the terms' weights.
        teaching: None where nobody teaches; `teacher` with it.
        batch_size: images of the global batch.
        positive_weight: (14,) of labels, `pixel_weight` (14,) of pixels inside; None weighs nothing.
        mean: takes (14,) means over this process's images to means over the global batch's.
    """

    config: LossConfig
    batch_size: int
    positive_weight: torch.Tensor | None = None
    pixel_weight: torch.Tensor | None = None
    teaching: TeacherConfig | None = None
    teacher: Teacher | None = None
    mean: Callable[[torch.Tensor], torch.Tensor] = lambda values: values

    def __call__(self, forward: Callable[[torch.Tensor], object], images: torch.Tensor, batch: Batch) -> Terms:
        """Run a network in training mode on a batch and return the weighted terms by name.

        Args:
            forward: the network, under autocast where the run has it.
            images: (n, 1, s, s), the batch's, on its device and in its layout.
            batch: the rest, on the same device.

        Raises:
            InputError: the network does not give what a term needs.
        """
        inputs = images if batch.views is None else torch.cat([images, batch.views.of(images)])
        outputs = as_training_outputs(forward(inputs))
        first, second = _halves(outputs) if batch.views is not None else (outputs, outputs)
        return dict(self._terms(first, second, images, batch))

    def _terms(
        self, first: TrainingOutputs, second: TrainingOutputs, images: torch.Tensor, batch: Batch
    ) -> Iterator[tuple[str, torch.Tensor]]:
        loss = self.config
        share = 1 - self.teaching.alpha if self.teaching is not None else 1.0
        if share * loss.classification:
            yield "classification", share * loss.classification * self._classification(first.logits, batch)
        if self.teacher is not None and self.teaching is not None:
            yield "distillation", self.teaching.alpha * self._distillation(first, images, self.teacher, self.teaching)
        if loss.sparsity:
            yield "sparsity", loss.sparsity * self._over_images(sparsity(_attention(first, "loss.sparsity")))
        if loss.variation:
            yield "variation", loss.variation * self._over_images(total_variation(_attention(first, "loss.variation")))
        if loss.consistency and batch.views is not None:
            maps = _attention(first, "loss.consistency"), _attention(second, "loss.consistency")
            yield "consistency", loss.consistency * self._over_images(inconsistency(*maps, batch.views))
        if loss.segmentation is not None:
            pixels = _given(first.pixel_logits, "loss.segmentation", "logits of pixels").float()
            if batch.masks is not None:
                cross_entropy = pixel_cross_entropy(pixels, batch.masks, self.pixel_weight)
                yield "pixel cross-entropy", loss.segmentation.cross_entropy * cross_entropy
                yield "dice", loss.segmentation.dice * dice_loss(pixels, batch.masks)

    def _classification(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        return masked_loss(
            logits,
            batch.labels,
            batch.known,
            self.positive_weight,
            gamma=self.config.gamma or 0.0,
            smoothing=self.config.label_smoothing,
        )

    def _distillation(
        self, outputs: TrainingOutputs, images: torch.Tensor, teacher: Teacher, teaching: TeacherConfig
    ) -> torch.Tensor:
        """A second head that only the teacher supervises where the network has one, else the logits themselves."""
        logits = outputs.logits if outputs.distilled is None else outputs.distilled
        return distillation(logits, teacher.logits(images), self.batch_size, teaching.temperature, self.mean)

    def _over_images(self, values: torch.Tensor) -> torch.Tensor:
        return values.sum() / self.batch_size


def make_objective(config: TrainingConfig, train: Split, accelerator: Accelerator) -> Objective:
    """Put together the terms of a run, with its teacher.

    Args:
        config: the run's.
        train: the training split, whose labels and masks decide the weights of positive labels and pixels.
        accelerator: where and with how many processes it runs.

    Raises:
        InputError: the teacher's weights are not there or do not fit.
    """
    device = accelerator.device
    labels = positive_weights(train.labels, config.optimizer.positive_weight)
    pixels = None
    if train.masks is not None and config.loss.segmentation is not None:
        cap = config.loss.segmentation.positive_weight
        pixels = torch.from_numpy(train.masks.positive_weights(cap)).to(device) if cap > 1 else None
    return Objective(
        config.loss,
        config.optimizer.batch_size,
        labels.to(device) if labels is not None else None,
        pixels,
        config.teacher,
        Teacher(config.teacher, device) if config.teacher is not None else None,
        lambda values: accelerator.reduce(values, "mean"),
    )


def as_training_outputs(outputs: object) -> TrainingOutputs:
    """Read what a network returns in training: everything that it gives, or logits and whatever comes after them."""
    if isinstance(outputs, TrainingOutputs):
        return outputs
    return TrainingOutputs(logits_of(outputs))  # type: ignore[arg-type]


def _halves(outputs: TrainingOutputs) -> tuple[TrainingOutputs, TrainingOutputs]:
    """The outputs of the images and those of their second views, which follow them in one batch."""
    count = len(outputs.logits) // 2
    first = [one[:count] if one is not None else None for one in outputs[1:]]
    second = [one[count:] if one is not None else None for one in outputs[1:]]
    return TrainingOutputs(outputs.logits[:count], *first), TrainingOutputs(outputs.logits[count:], *second)


def _attention(outputs: TrainingOutputs, term: str) -> torch.Tensor:
    return _given(outputs.attention, term, "attention maps").float()


def _given(output: torch.Tensor | None, term: str, what: str) -> torch.Tensor:
    if output is None:
        raise InputError(f"Expected a network that gives {what} in training for {term}, found none; set it to nothing.")
    return output
