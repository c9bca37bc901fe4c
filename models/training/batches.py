"""Training batches, each a function of the seed and the step alone, so that a run can go on from any step.

A step's global batch, its order and its augmentation are drawn for all processes alike; each process then takes its
own share of rows. So the result does not depend on the number of processes, and nothing but the step need be saved.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset

from models.training.augment import draw_variation, vary
from models.training.config import AugmentationConfig, Stage
from models.training.images import ImageCache

_ORDER, _AUGMENTATION = 0, 1  # independent random streams of one seed


@dataclass(frozen=True)
class Batch:
    """One process's share of a step: images float32 (n, 1, s, s) in [0, 1], labels float32 (n, 14) with NaN where
    unknown, and how many labels of the global batch are known."""

    images: torch.Tensor
    labels: torch.Tensor
    known: int


class StepBatches(Dataset[Batch]):
    """The batches of a run, indexed by step."""

    def __init__(
        self,
        cache: ImageCache,
        labels: np.ndarray,
        augmentation: AugmentationConfig,
        plan: "StagePlan",
        *,
        seed: int,
        batch_size: int,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        """Labels are float32 (n, 14), row by row those of `cache.rows`; the batch size is the global one."""
        self.cache, self.labels, self.augmentation, self.plan = cache, labels, augmentation, plan
        self.seed, self.batch_size = seed, batch_size
        share = batch_size // processes
        self.mine = slice(rank * share, (rank + 1) * share)
        self.steps_per_epoch = len(labels) // batch_size

    def __len__(self) -> int:
        return self.plan.steps

    def rows(self, step: int) -> np.ndarray:
        """Return the rows (of the labels) in a step's global batch; an epoch is a fresh permutation of all rows."""
        epoch, position = divmod(step, self.steps_per_epoch)
        order = np.random.default_rng([self.seed, _ORDER, epoch]).permutation(len(self.labels))
        return order[position * self.batch_size : (position + 1) * self.batch_size]

    def __getitem__(self, step: int) -> Batch:
        rows = self.rows(step)
        side = self.cache.size
        rng = np.random.default_rng([self.seed, _AUGMENTATION, step])
        variations = [draw_variation(self.augmentation, side, rng) for _ in rows]
        known = int(np.count_nonzero(~np.isnan(self.labels[rows])))
        mine = rows[self.mine]
        pixels = self.cache.images[self.cache.rows[mine]]
        images = vary(pixels, variations[self.mine], self.plan.at(step).input_size)
        return Batch(images, torch.from_numpy(self.labels[mine]), known)


class StagePlan:
    """Which resolution each step is trained at: the stages in order, the remaining steps at the last size."""

    def __init__(self, stages: tuple[Stage, ...], final: Stage, steps: int) -> None:
        self.steps = steps
        ends = np.cumsum([round(stage.share * steps) for stage in stages]).tolist()
        self._stages = [*zip(ends, stages, strict=True), (steps, final)]

    def at(self, step: int) -> Stage:
        """Return the stage of a step, counted from 0."""
        return next((stage for end, stage in self._stages if step < end), self._stages[-1][1])
