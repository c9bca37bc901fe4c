"""Training batches, each a function of the seed and the step alone, so that a run can go on from any step.

A step's global batch, its order and its augmentation are drawn for all processes alike; each process then takes its
own share of rows. So the result does not depend on the number of processes, and nothing but the step need be saved.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset

from models.training.augment import Variation, draw_variation, vary, vary_masks
from models.training.config import AugmentationConfig, SecondViewConfig, Stage
from models.training.images import ImageCache
from models.training.masks import UNKNOWN, MaskCache
from models.training.second_view import SecondViews
from models.training.segmentation_terms import Masks

_ORDER, _AUGMENTATION, _SECOND_VIEW = 0, 1, 2  # independent random streams of one seed


@dataclass(frozen=True)
class Batch:
    """One process's share of a step: images float32 (n, 1, s, s) in [0, 1], labels float32 (n, 14) with NaN where
    unknown, how many labels of the global batch are known, and, where the loss asks for them, masks and second views.
    """

    images: torch.Tensor
    labels: torch.Tensor
    known: int
    masks: Masks | None = None
    views: SecondViews | None = None

    def to(self, device: torch.device) -> "Batch":
        """The same on another device."""
        masks = self.masks.to(device) if self.masks is not None else None
        views = self.views.to(device) if self.views is not None else None
        return Batch(self.images.to(device), self.labels.to(device), self.known, masks, views)


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
        masks: MaskCache | None = None,
        second_view: SecondViewConfig | None = None,
    ) -> None:
        """Labels, float32 (n, 14), and masks are row by row those of `cache.rows`; the batch size is the global one."""
        self.cache, self.labels, self.augmentation, self.plan = cache, labels, augmentation, plan
        self.masks, self.second_view = masks, second_view
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
        size = self.plan.at(step).input_size
        images = vary(pixels, variations[self.mine], size)
        masks = self._masks(self.masks, rows, variations, size) if self.masks is not None else None
        return Batch(images, torch.from_numpy(self.labels[mine]), known, masks, self._views(step))

    def _masks(self, cache: MaskCache, rows: np.ndarray, variations: list[Variation], size: int) -> Masks:
        """This process's masks, varied as their images are."""
        entries = cache.index[rows]
        mine = rows[self.mine]
        filled, places = [torch.zeros(0, size, size, dtype=torch.uint8)], []
        for place, (row, variation) in enumerate(zip(mine, variations[self.mine], strict=True)):
            findings, masks = cache.masks(row)
            if len(findings):
                filled.append(vary_masks(masks, variation, size))
                places += [(place, finding) for finding in findings.tolist()]
        return Masks(
            torch.cat(filled),
            torch.tensor(places, dtype=torch.int64).reshape(-1, 2),
            torch.from_numpy(entries[self.mine] != UNKNOWN),
            int((entries != UNKNOWN).sum()),
            int((entries >= 0).sum()),
        )

    def _views(self, step: int) -> SecondViews | None:
        if self.second_view is None:
            return None
        rng = np.random.default_rng([self.seed, _SECOND_VIEW, step])
        return SecondViews.draw(self.second_view, self.batch_size, rng).part(self.mine)


class StagePlan:
    """Which resolution each step is trained at: the stages in order, the remaining steps at the last size."""

    def __init__(self, stages: tuple[Stage, ...], final: Stage, steps: int) -> None:
        self.steps = steps
        ends = np.cumsum([round(stage.share * steps) for stage in stages]).tolist()
        self._stages = [*zip(ends, stages, strict=True), (steps, final)]

    def at(self, step: int) -> Stage:
        """Return the stage of a step, counted from 0."""
        return next((stage for end, stage in self._stages if step < end), self._stages[-1][1])
